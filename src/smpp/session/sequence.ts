const last = 0x7fffffff

/**
 * The sequence number after `before`: 1 to 0x7fffffff, then from 1 again (SMPP 3.4 §3.2). One that still waits for its answer is
 * passed over, or the answer to the older request would be taken for the younger's.
 */
export function nextSequence(before: number, waits: (sequence: number) => boolean): number {
  let sequence = before
  do sequence = sequence >= last ? 1 : sequence + 1
  while (waits(sequence))
  return sequence
}

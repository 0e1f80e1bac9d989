/** Lists of numbers by bucket in two flat arrays (compressed rows): filled twice, once to count. */
export class Buckets {
  readonly start: Int32Array
  items = new Int32Array()

  constructor(buckets: number) {
    this.start = new Int32Array(buckets + 1)
  }

  fill(walk: (put: (bucket: number, item: number) => void) => void): void {
    const { start } = this
    walk((bucket) => {
      start[bucket + 1] = (start[bucket + 1] as number) + 1
    })
    for (let b = 1; b < start.length; b++) start[b] = (start[b] as number) + (start[b - 1] as number)
    this.items = new Int32Array(start[start.length - 1] as number)
    const next = start.slice()
    walk((bucket, item) => {
      const at = next[bucket] as number
      this.items[at] = item
      next[bucket] = at + 1
    })
  }
}

/** How one of several that are worked on at once keeps in step with the others. */
export interface Step {
  /** Whoever comes next may begin. */
  readonly begun: () => void
  /** Resolves when the one before is done; throws where that failed, or was the last. */
  readonly turn: () => Promise<void>
}

/**
 * Works on several items at once, and lets each finish in the order of the items: what takes long is done side by side, what is to be
 * seen in order is done in order. After a failure, or where `work` answers false, no other is begun; it resolves when nothing is
 * under way any more.
 *
 * @returns false where `work` answered false
 */
export async function inOrder<Item>(
  items: AsyncIterable<Item>,
  lanes: number,
  work: (item: Item, step: Step) => Promise<boolean>,
): Promise<boolean> {
  let before: Promise<boolean> = Promise.resolve(true)
  const running: Promise<boolean>[] = []
  try {
    for await (const item of items) {
      const previous = before
      const turn = async () => {
        if (!(await previous)) throw new Error('the item before was the last one')
      }
      const hasBegun = new Promise<void>((begun) => {
        before = work(item, { begun, turn })
      })
      running.push(before)
      await Promise.race([hasBegun, before.catch(() => undefined)])
      // In their order, so that the first that failed is the one that is told of.
      while (running.length >= lanes) if (!(await running.shift())) return false
    }
    while (running.length > 0) if (!(await running.shift())) return false
    return true
  } finally {
    await Promise.allSettled(running)
  }
}

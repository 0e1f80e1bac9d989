import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that start processes, wait by the clock or take long for their size. */
const long = /test\/(app|camara|console|dispatch|field)\/|\/(fuzz|day)\.test/

/**
 * A file that waits and one that computes in turn, so that neither the cores nor the workers are idle, and none of the long ones is
 * left alone at the end, as the order by size would have it.
 */
export class InTurn extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const others = sorted.filter(({ moduleId }) => !long.test(moduleId))
    const inTurn = sorted
      .filter(({ moduleId }) => long.test(moduleId))
      .flatMap((file) => [file, ...others.splice(0, 1)])
    return [...inTurn, ...others]
  }
}

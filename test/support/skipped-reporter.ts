import type { Reporter, TestModule } from 'vitest/node'

/** Names at the end of the run every test that was skipped: a skip is something not known to work. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId} > ${test.fullName}`),
    )
    if (skipped.length === 0) return
    console.log(`\nSkipped, ${skipped.length} in all (not run with -t, or a program that they need is missing):`)
    for (const name of skipped) console.log(`  ${name}`)
  }
}

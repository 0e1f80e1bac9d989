import { defineConfig } from 'vitest/config'
import { InTurn } from './test/support/order.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/skipped-reporter.ts'],
    // Each file has its own clone of one template database. Of two cores two files at a time leave a third idle: many wait.
    maxWorkers: 3,
    sequence: { sequencer: InTurn },
    // What a test waits for comes when it comes: machines are noisy, and a generous end costs nothing when all is well.
    expect: { poll: { timeout: 30_000, interval: 50 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/skipped-reporter.ts'],
    // Two cores: two files at a time, each against its own clone of one template database.
    maxWorkers: 2,
    // What a test waits for comes when it comes: machines are noisy, and a generous end costs nothing when all is well.
    expect: { poll: { timeout: 30_000, interval: 50 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

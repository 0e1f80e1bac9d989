import type { Command } from 'commander'

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the whole story on real geography, against simulated carriers')
    .option('--people <n>', 'residents and travellers together', '50000')
    .option('--seed <n>', 'the same seed gives the same people', '2024')
    .option('--exit', 'end when the story is over')
    .option('--json', 'end standard output with one line of JSON')
    .action(async (flags) => (await import('./run.ts')).runDemo(flags))
}

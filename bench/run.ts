/** `npm run bench -- NAME [--flags]`: each benchmark is a file of this folder with a `run` function. */
const benches: Readonly<Record<string, () => Promise<{ run(args: string[]): Promise<void> }>>> = {
  dispatch: () => import('./dispatch.ts'),
  targeting: () => import('./targeting.ts'),
  preview: () => import('./preview.ts'),
  pacing: () => import('./pacing.ts'),
  priority: () => import('./priority.ts'),
  retraction: () => import('./retraction.ts'),
  faults: () => import('./faults.ts'),
  smpp: () => import('./smpp.ts'),
  matching: () => import('./matching.ts'),
  ingest: () => import('./ingest.ts'),
  entry: () => import('./entry.ts'),
  day: () => import('./day.ts'),
  year: () => import('./year.ts'),
  fuzz: () => import('./fuzz.ts'),
  'api-fuzz': () => import('./api-fuzz.ts'),
  kannel: () => import('./kannel.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
if (bench) await (await bench()).run(args)
else {
  process.stderr.write(`usage: npm run bench -- NAME\n\nbenchmarks: ${Object.keys(benches).join(', ')}\n`)
  process.exitCode = 1
}

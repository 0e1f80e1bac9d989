import { fileURLToPath } from 'node:url'

/** The root of the installed package: `dist/app/paths.js` and `src/app/paths.ts` lie equally deep below it. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url))

export const migrationsDir = fileURLToPath(new URL('../../migrations/', import.meta.url))

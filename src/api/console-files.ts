import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** `dist/api` and `src/api` lie equally deep below the package's root: the files need no copy in `dist`. */
const folder = new URL('../../src/console/', import.meta.url)

/** What of the folder is served; nothing else is. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The page may load what is served here and ask this API, and nothing else: no other host, no inline script or style, no frame, no form
 * that the browser sends by itself. With trusted types switched on and none allowed, text can't become HTML even by mistake.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * The operator's console: static files of `src/console`, read once. They need no key, because they hold nothing; the page asks for one, and
 * asks the API with it. An address of its own for each file, so that no path of a request ever reaches the disk. `no-store`, nosniff and
 * no-referrer are on every answer (headers.ts), so a page and its scripts are of one version.
 */
export async function consoleFiles(app: FastifyInstance): Promise<void> {
  const config = { roles: 'everybody' } as const
  app.get('/console', { config }, async (_request, reply) => reply.redirect('console/', 308))
  for (const name of await readdir(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const body = await readFile(new URL(name, folder))
    app.get(`/console/${name === 'index.html' ? '' : name}`, { config }, async (_request, reply) =>
      reply.headers(headers).type(type).send(body),
    )
  }
}

import { readFileSync } from 'node:fs'
import { Problem } from '../lib/problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Puts secrets in the place of `${NAME}`, anywhere in a string value: of the variable NAME, else of the file that NAME_FILE
 * names, less the newline at its end. The environment of a process never changes, so what is to be rotated under a running
 * engine stands in a file. What is missing is added to `problems`.
 */
export function resolveSecrets(
  value: unknown,
  file: string,
  env: Environment,
  problems: Problem[],
  path = '',
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      try {
        return secretOf(name, env, `${file}${path}`)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        problems.push(error)
        return 'missing'
      }
    })
  }
  if (Array.isArray(value)) return value.map((item, i) => resolveSecrets(item, file, env, problems, `${path}/${i}`))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveSecrets(item, file, env, problems, `${path}/${key}`)]),
    )
  }
  return value
}

function secretOf(name: string, env: Environment, where: string): string {
  const secret = env[name]
  if (secret) return secret
  const hint = `Set ${name}, or ${name}_FILE to a file that holds it.`
  const path = env[`${name}_FILE`]
  if (!path) {
    throw new Problem('missing-secret', `the environment variable ${name} is not set`, {
      where,
      hint,
    })
  }
  const content = readText(path, 'missing-secret', `${name}_FILE`, where).replace(/\r?\n$/, '')
  if (content !== '') return content
  throw new Problem('missing-secret', `the file of ${name}_FILE, ${path}, is empty`, { where, hint })
}

/** A small file that a profile depends on. `what` names it to people. */
export function readText(path: string, code: string, what: string, where: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    throw new Problem(code, `the file of ${what}, ${path}, cannot be read: ${reason}`, {
      where,
      hint: 'Check its path and who may read it.',
    })
  }
}

import { Problem } from '../../lib/problem.ts'
import { addKey } from '../../store/people/keys.ts'
import type { Engine } from '../engine.ts'

/** Somebody of the story, acting through the REST API with a key of his own. */
export interface Person {
  send<T>(method: 'GET' | 'POST', path: string, body?: string, contentType?: string): Promise<T>
}

/** The people of the story: who writes alerts, who approves them, and the home carriers' feed. */
export async function castOf(
  engine: Engine,
): Promise<{ composer: Person; approver: Person; feed: Person; registrar: Person }> {
  const person = async (name: string, role: string) =>
    personWith(engine.url as string, await addKey(engine.db, name, role, 'demo'))
  return {
    composer: await person('duty officer', 'composer'),
    approver: await person('director', 'approver'),
    feed: await person('home carriers', 'carrier'),
    registrar: await person('registrar', 'administrator'),
  }
}

function personWith(url: string, key: string): Person {
  return {
    async send<T>(method: 'GET' | 'POST', path: string, body?: string, contentType = 'application/json'): Promise<T> {
      const response = await fetch(`${url}/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': contentType }) },
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      if (!response.ok)
        throw new Problem('demo-request', `${method} ${path} was answered ${response.status}: ${text.slice(0, 2000)}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    },
  }
}

import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseOperator } from '../../src/carriers/camara/load-operators.ts'
import { CamaraOperatorSchema } from '../../src/carriers/camara/operator-schema.ts'
import { Problem } from '../../src/lib/problem.ts'
import { publishedSchema } from '../carriers/published-schema.ts'

const lines = {
  id: 'id: kt',
  apiRoot: 'apiRoot: https://api.kt.example/camara/',
  oauth: 'oauth: { tokenUrl: https://api.kt.example/token, clientId: bongsu, clientSecret: "$' + '{SECRET}" }',
  sink: 'sink: { url: https://alerts.example/v1/roaming-notifications, key: "$' + '{KEY}" }',
}
const yaml = (changes: object = {}) => Object.values({ ...lines, ...changes }).join('\n')
const env = { SECRET: 'hunter2', KEY: 'key-of-the-sink' }

function findings(text: string, given = env): string {
  try {
    parseOperator(text, 'kt.yaml', given)
  } catch (error) {
    if (error instanceof Problem) return error.line
  }
  throw new Error('it was taken')
}

test('a profile needs little: the rest follows the published versions', () => {
  const operator = parseOperator(yaml(), 'kt.yaml', env)
  expect(operator).toMatchObject({
    name: 'kt',
    apiRoot: 'https://api.kt.example/camara',
    subscriptions: 'device-roaming-status-subscriptions/v0.8',
    roamingStatus: 'device-roaming-status/v1',
    types: ['roaming-status', 'roaming-change-country'],
    lifetimeMs: 30 * 86_400_000,
    sink: { tagged: true, key: 'key-of-the-sink' },
  })
})

describe('a profile is refused', () => {
  test.each([
    ['that sends tokens in clear text', { apiRoot: 'apiRoot: http://api.kt.example' }, 'not an https:// URL'],
    ['with a sink that is not https', { sink: 'sink: { url: http://a.example/x, key: k }' }, 'kt.yaml/sink/url'],
    ['with a key that is not known', { more: 'lifetme: 3d' }, 'Did you mean "lifetime"?'],
    ['with a type that is none', { more: 'types: [roaming]' }, 'kt.yaml/types/0'],
    ['that renews most of the time', { more: 'lifetime: 1d\nrenewBefore: 20h' }, 'more than half of lifetime'],
    ['of another file', { id: 'id: skt' }, 'Name the file skt.yaml'],
    [
      'with two ways to authenticate',
      { oauth: 'oauth: { tokenUrl: https://a.example/t, clientId: b, clientSecret: c, clientKey: d }' },
      'not both',
    ],
    [
      'with a key that is none',
      { oauth: 'oauth: { tokenUrl: https://a.example/t, clientId: b, clientKey: d }' },
      'not a private key in PEM',
    ],
  ])('%s', (_, changes, found) => {
    expect(findings(yaml(changes))).toContain(found)
  })

  test('without its secrets, and shows none', () => {
    expect(findings(yaml(), {} as never)).toContain('SECRET')
    const said = findings(
      yaml({
        sink: 'sink: { url: https://a.example/x, key: 5 }',
        oauth: lines.oauth.replace('clientId: bongsu', 'clientId: 7'),
      }),
    )
    expect(said).not.toContain('hunter2')
  })
})

test('the published schema says what profiles are validated by', async () => {
  const file = new URL('../../docs/camara-operator.schema.json', import.meta.url)
  const current = JSON.parse(JSON.stringify(publishedSchema(CamaraOperatorSchema)))
  if (process.env.BONGSU_WRITE_SCHEMA === '1') await writeFile(file, `${JSON.stringify(current, null, 2)}\n`)
  const published = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  const hint = 'BONGSU_WRITE_SCHEMA=1 npx vitest run test/camara/profile.test.ts; npx biome check --write docs'
  expect(published, `docs/camara-operator.schema.json is stale; write it anew with: ${hint}`).toEqual(current)
})

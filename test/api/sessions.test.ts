import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser, codeOf, goodPassword, newcomer, testSeal } from './people-support.ts'
import { codeOf as problemOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
})

afterAll(() => api.close())

const query = (sql: string, values: unknown[] = []) => api.db.pool.query(sql, values)

describe('signing in', () => {
  test('a first password opens nothing but its change, and a password alone nothing but a second factor', async () => {
    const made = await api.call('administrator', 'POST', '/v1/people', {
      body: { name: 'Kim', roles: ['composer'], password: true },
    })
    expect(made.body.password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
    const kim = new Browser(api)
    const first = await kim.signIn('Kim', made.body.password)
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({
      person: 'Kim',
      roles: ['composer'],
      mustChangePassword: true,
      secondFactor: false,
    })
    expect(problemOf(await kim.ask('GET', '/v1/alerts'))).toBe('password-to-be-changed')

    const weak = await kim.ask('POST', '/v1/me/password', { body: { current: made.body.password, password: 'short' } })
    expect([weak.status, problemOf(weak)]).toEqual([422, 'weak-password'])
    const before = kim.cookie
    const changed = await kim.ask('POST', '/v1/me/password', {
      body: { current: made.body.password, password: goodPassword },
    })
    expect(changed.body).toMatchObject({ mustChangePassword: false, secondFactor: false })
    expect(kim.cookie).not.toBe(before)
    expect(problemOf(await kim.ask('GET', '/v1/alerts'))).toBe('second-factor-missing')

    const { body } = await kim.ask('POST', '/v1/me/second-factor')
    expect(body.uri).toMatch(/^otpauth:\/\/totp\/bongsu:Kim\?/)
    const kept = await query("SELECT totp_secret FROM person WHERE name = 'Kim'")
    expect(kept.rows[0].totp_secret.toString('latin1')).not.toContain(body.secret)
    const wrong = await kim.ask('POST', '/v1/me/second-factor/confirm', { body: { code: '000000' } })
    expect([wrong.status, problemOf(wrong)]).toEqual([422, 'wrong-code'])
    const confirmed = await kim.ask('POST', '/v1/me/second-factor/confirm', { body: { code: codeOf(body.secret) } })
    expect(confirmed.body.recoveryCodes).toHaveLength(10)
    expect((await kim.ask('GET', '/v1/alerts')).status).toBe(200)
  })

  test('the cookie is for our pages alone, and what is kept of it is no cookie', async () => {
    const { secret } = await newcomer(api, 'Cook', { roles: ['viewer'] })
    const local = new Browser(api)
    const answered = await local.signIn('Cook', goodPassword, codeOf(secret, 1))
    const cookie = String(answered.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).not.toMatch(/Secure/)
    const kept = await query('SELECT hash FROM session')
    expect(local.cookie).toHaveLength(43)
    for (const { hash } of kept.rows) expect(hash.toString('base64url')).not.toBe(local.cookie)
  })

  test('beyond this machine the cookie goes over TLS alone', async () => {
    const { body } = await api.call('administrator', 'POST', '/v1/people', {
      body: { name: 'Far', roles: ['viewer'], password: true },
    })
    const far = new Browser(api, { host: 'alerts.example', origin: 'https://alerts.example' })
    const answered = await far.signIn('Far', body.password)
    expect(String(answered.headers['set-cookie'])).toMatch(/; Secure/)
  })

  test('without the second factor’s code, with a used one, and with a wrong password the answer is the same', async () => {
    const { secret } = await newcomer(api, 'Lee', { roles: ['approver'] })
    const next = codeOf(secret, 1)
    const guess = new Browser(api)
    const answers = [
      await guess.signIn('Nobody', goodPassword, next),
      await guess.signIn('Lee', 'not the password', next),
      await guess.signIn('Lee', goodPassword),
      await guess.signIn('Lee', goodPassword, codeOf(secret)),
    ].map(({ status, body: { instance, ...body } }) => ({ status, body }))
    expect(answers[0]).toMatchObject({ status: 401, body: { title: 'Sign in failed' } })
    for (const one of answers) expect(one).toEqual(answers[0])
    expect((await guess.signIn('Lee', goodPassword, next)).status).toBe(201)
    expect((await guess.signIn('Lee', goodPassword, next)).status).toBe(401)
  })

  test('a recovery code stands for the second factor once', async () => {
    const { recovery } = await newcomer(api, 'Lost', { roles: ['viewer'] })
    const browser = new Browser(api)
    expect((await browser.signIn('Lost', goodPassword, recovery[3])).status).toBe(201)
    expect((await browser.signIn('Lost', goodPassword, recovery[3])).status).toBe(401)
    expect((await browser.signIn('Lost', goodPassword, recovery[4]?.toUpperCase())).status).toBe(201)
  })

  test('without a key to keep secrets with, a second factor is refused with what to do', async () => {
    const bare = await startApi({ seal: undefined })
    try {
      const { body } = await bare.call('administrator', 'POST', '/v1/people', {
        body: { name: 'Bare', roles: ['viewer'], password: true },
      })
      const browser = new Browser(bare)
      await browser.signIn('Bare', body.password)
      await browser.ask('POST', '/v1/me/password', { body: { current: body.password, password: goodPassword } })
      const refused = await browser.ask('POST', '/v1/me/second-factor')
      expect([refused.status, problemOf(refused), refused.body.where]).toEqual([
        503,
        'secret-key-missing',
        'BONGSU_SECRET_KEY',
      ])
    } finally {
      await bare.close()
    }
  })
})

test('behind TLS every answer asks for TLS from then on; data is never run', async () => {
  const far = await api.call('viewer', 'GET', '/v1/alerts', { headers: { 'x-forwarded-proto': 'https' } })
  expect(far.headers['strict-transport-security']).toMatch(/^max-age=\d{8}$/)
  expect(far.headers['content-security-policy']).toContain("default-src 'none'")
  const near = await api.call('viewer', 'GET', '/v1/alerts')
  expect(near.headers['strict-transport-security']).toBeUndefined()
})

describe('guessing', () => {
  const from = (remote: string) => new Browser(api, { 'x-forwarded-for': remote })

  test('locks a name from the fifth failure on, longer each time, also where there is nobody of this name', async () => {
    const { body } = await api.call('administrator', 'POST', '/v1/people', {
      body: { name: 'Target', roles: ['viewer'], password: true },
    })
    const waits: Record<string, number[]> = { Target: [], Ghost: [] }
    for (const name of ['Target', 'Ghost']) {
      const guess = from('198.51.100.7')
      for (let i = 0; i < 5; i++) expect((await guess.signIn(name, `wrong ${i}`)).status).toBe(401)
      for (let round = 0; round < 2; round++) {
        const locked = await guess.signIn(name, body.password)
        expect([locked.status, problemOf(locked)]).toEqual([429, 'sign-in-locked'])
        waits[name]?.push(Number(locked.headers['retry-after']))
        await query('UPDATE sign_in_attempt SET locked_until = now()')
        expect((await guess.signIn(name, 'wrong again')).status).toBe(401)
      }
    }
    expect(waits.Target?.[0]).toBeGreaterThan(10)
    expect(waits.Target?.[1]).toBeGreaterThan(20)
    expect(waits.Ghost?.map((wait) => wait > 10)).toEqual([true, true])
    // From elsewhere he gets in, and that clears the name.
    expect((await from('203.0.113.9').signIn('Target', body.password)).status).toBe(201)
    await expect.poll(async () => (await query("SELECT FROM audit WHERE act = 'sign-in.lock'")).rowCount).toBe(1)
  })

  test('tries no more than five of many that are sent at once', async () => {
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) => from('198.51.100.8').signIn('Many', `guess number ${i}`)),
    )
    const statuses = many.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(15)
  })

  test('slows down an address that tries many names, and takes an IPv6 /64 for one', async () => {
    let locked = 0
    for (let i = 0; i < 40; i++) {
      const { status } = await from(`2001:db8:1:2::${i.toString(16)}`).signIn(`name ${i}`, 'some password')
      if (status === 429) locked++
    }
    expect(locked).toBeGreaterThan(5)
    expect((await from('2001:db8:1:3::1').signIn('name 1', 'some password')).status).toBe(401)
  })
})

describe('a session', () => {
  test('changes nothing without its token and our own page', async () => {
    const { browser } = await newcomer(api, 'Page', { roles: ['administrator'] })
    const body = { name: 'Made by a page' }
    const ask = (headers: Record<string, string>) => browser.ask('POST', '/v1/people', { body, headers })
    expect(problemOf(await ask({ 'x-csrf-token': '' }))).toBe('csrf-token-missing')
    expect(problemOf(await ask({ 'x-csrf-token': 'x'.repeat(43) }))).toBe('csrf-token-missing')
    expect(problemOf(await ask({ origin: 'https://evil.example' }))).toBe('foreign-origin')
    expect(problemOf(await ask({ origin: 'null' }))).toBe('foreign-origin')
    expect(problemOf(await ask({ 'sec-fetch-site': 'same-site' }))).toBe('foreign-origin')
    const other = await newcomer(api, 'Other', { roles: ['administrator'] })
    expect(problemOf(await ask({ 'x-csrf-token': other.browser.csrf as string }))).toBe('csrf-token-missing')
    expect((await query('SELECT FROM person WHERE name = $1', [body.name])).rowCount).toBe(0)
    expect((await ask({})).status).toBe(201)
  })

  test('has the roles that its person has now, and no others', async () => {
    const { browser, id } = await newcomer(api, 'Roles', { roles: ['viewer'] })
    expect((await browser.ask('GET', '/v1/audit')).status).toBe(403)
    await api.call('administrator', 'PATCH', `/v1/people/${id}`, { body: { roles: ['auditor'] } })
    expect((await browser.ask('GET', '/v1/audit')).status).toBe(200)
  })

  test('ends when nobody used it for half an hour, after twelve hours, and when its person signs out', async () => {
    const { browser, id } = await newcomer(api, 'Idle', { roles: ['viewer'] })
    const age = (column: string, minutes: number) =>
      query(`UPDATE session SET ${column} = ${column} - make_interval(mins => $1) WHERE person_id = $2`, [minutes, id])
    await age('seen_at', 29)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(200)
    await age('seen_at', 29)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(200)
    await age('seen_at', 31)
    expect(problemOf(await browser.ask('GET', '/v1/alerts'))).toBe('session-ended')
    await query('UPDATE session SET seen_at = now() WHERE person_id = $1', [id])
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(200)
    await age('expires_at', 12 * 60)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(401)

    const second = await newcomer(api, 'Leaver', { roles: ['viewer'] })
    const token = second.browser.cookie
    expect((await second.browser.ask('DELETE', '/v1/sessions/current')).status).toBe(204)
    expect(second.browser.cookie).toBeUndefined()
    second.browser.cookie = token
    expect((await second.browser.ask('GET', '/v1/alerts')).status).toBe(401)
  })

  test('is not used by what a page asks by its own clock, nor by a stream that its browser opens again', async () => {
    const { browser, id } = await newcomer(api, 'Looks on', { roles: ['viewer'] })
    const unusedS = async () => {
      const { rows } = await query(
        'SELECT extract(epoch FROM now() - seen_at)::int AS s FROM session WHERE person_id = $1 AND ended_at IS NULL',
        [id],
      )
      return rows[0].s as number
    }
    await query(`UPDATE session SET seen_at = now() - interval '20 minutes' WHERE person_id = $1`, [id])
    for (const headers of [
      { 'x-idle': '1' },
      // NDJSON, because a stream has no end here.
      { 'last-event-id': '0' },
      { accept: 'application/x-ndjson, text/event-stream;q=0.1' },
    ]) {
      const { status } = await browser.ask('GET', '/v1/events', {
        headers: { accept: 'application/x-ndjson', ...headers },
      })
      expect(status).toBe(200)
      expect(await unusedS()).toBeGreaterThanOrEqual(1_200)
    }
    const { body } = await browser.ask('GET', '/v1/sessions/current', { headers: { 'x-idle': '1' } })
    expect(Date.parse(body.unusedUntil) - Date.now()).toBeLessThanOrEqual(600_000)
    expect(await unusedS()).toBeGreaterThanOrEqual(1_200)
    expect((await browser.ask('GET', '/v1/sessions/current')).status).toBe(200)
    expect(await unusedS()).toBeLessThan(1_200)
  })

  test('is ended by an administrator, who sees who is signed in', async () => {
    const { browser } = await newcomer(api, 'Seen', { roles: ['viewer'] })
    const { sessions } = (await api.call('administrator', 'GET', '/v1/sessions')).body
    const [own] = sessions.filter(({ person }: { person: string }) => person === 'Seen')
    expect((await api.call('administrator', 'DELETE', `/v1/sessions/${own.id}`)).status).toBe(204)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(401)
    expect((await api.call('administrator', 'DELETE', `/v1/sessions/${own.id}`)).status).toBe(404)
  })

  test('ends everywhere else when its person changes his password', async () => {
    const { browser, secret } = await newcomer(api, 'Twice', { roles: ['viewer'] })
    const other = new Browser(api)
    await other.signIn('Twice', goodPassword, codeOf(secret, 1))
    expect((await other.ask('GET', '/v1/alerts')).status).toBe(200)
    const wrong = await browser.ask('POST', '/v1/me/password', {
      body: { current: 'no', password: 'another good one' },
    })
    expect([wrong.status, problemOf(wrong)]).toEqual([403, 'wrong-password'])
    await browser.ask('POST', '/v1/me/password', { body: { current: goodPassword, password: 'another good one' } })
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(200)
    expect((await other.ask('GET', '/v1/alerts')).status).toBe(401)
  })

  test('is what a key cannot be', async () => {
    const refused = await api.call('viewer', 'POST', '/v1/me/second-factor')
    expect([refused.status, problemOf(refused)]).toEqual([403, 'session-only'])
  })
})

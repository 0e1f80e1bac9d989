import { randomBytes } from 'node:crypto'
import iconv from 'iconv-lite'
import { afterEach, describe, expect, it } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import { inboxTextView } from '../../src/api/inbox-view.ts'
import { registry } from '../../src/lib/metrics.ts'
import { decodePdu } from '../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../src/smpp/codec/status.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { transaction } from '../../src/store/database.ts'
import { inboxPage } from '../../src/store/inbox/inbox-page.ts'
import { insertJourneys } from '../../src/store/roaming/journeys.ts'
import { purgeSpent } from '../../src/store/upkeep/purge-spent.ts'
import { alertOf } from '../targeting/engine.ts'
import { addResidents, addRoamers } from '../targeting/people.ts'
import { waitingFor } from '../targeting/waiting.ts'
import { type InboxBench, inboxBench, ucs2, udh } from './inbox-bench.ts'
import { type CommitThief, commitThief } from './proxy.ts'

let bench: InboxBench
afterEach(() => bench.close())

const { ESME_ROK, ESME_RX_T_APPN } = commandStatus

/** The inbox as people see it. */
const shown = async () =>
  (await inboxPage(bench.db.pool, { unhandled: false, seen: null }, 0, 100)).map((row) => inboxTextView(row, 'full'))
const texts = async () => (await shown()).map(({ text }) => text)
const quarantined = () =>
  bench.rows<{ reason: string; raw: Buffer }>('SELECT reason, raw FROM quarantined_delivery ORDER BY id')

const say = (text: string, source_addr = '821012345678') =>
  bench.deliver({ source_addr, short_message: ucs2(text), data_coding: 8 })

/** Keeps everybody from writing texts until `release` is called. */
async function holdInbox(): Promise<{ release(): Promise<void> }> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let locked = () => {}
  const held = new Promise<void>((resolve) => {
    locked = resolve
  })
  const done = transaction(bench.db.pool, async (client) => {
    await client.query('LOCK TABLE inbox_text IN ACCESS EXCLUSIVE MODE')
    locked()
    await released
  })
  await held
  return {
    release: () => {
      release()
      return done
    },
  }
}

describe('a text from a phone', () => {
  it('is acknowledged once it is committed, and not before', async () => {
    bench = await inboxBench()
    const hold = await holdInbox()
    const sequence = say('여기는 안전합니다')
    await waitingFor(bench.db, /inbox_text/)
    expect(bench.answered(sequence)).toBe(false)
    await hold.release()
    expect(await bench.answer(sequence)).toBe(ESME_ROK)
    expect(await shown()).toMatchObject([
      {
        text: '여기는 안전합니다',
        from: '821012345678',
        to: '82232100404',
        carrier: 'test-carrier',
        kind: 'text',
        parts: 1,
      },
    ])
    expect(await registry.getSingleMetricAsString('bongsu_inbox_texts_total')).toContain('{carrier="test-carrier"} 1')
  })

  it.each([
    ['UCS-2', 8, ucs2('도와주세요 🙏'), '도와주세요 🙏'],
    ['EUC-KR', 14, iconv.encode('도와주세요', 'cp949'), '도와주세요'],
    ['Latin-1', 3, Buffer.from('Où êtes-vous', 'latin1'), 'Où êtes-vous'],
    ['ASCII', 1, Buffer.from('help [me]'), 'help [me]'],
    ['GSM 7-bit by the profile', 0, Buffer.from([0x00, 0x1b, 0x65, 0x41]), '@€A'],
  ])('in %s is read', async (_, data_coding, short_message, text) => {
    bench = await inboxBench()
    await bench.answer(bench.deliver({ data_coding, short_message }))
    expect(await texts()).toEqual([text])
  })

  it('with data_coding 0 is read in the alphabet of the carrier', async () => {
    bench = await inboxBench({ profile: ['text: { alphabet: latin1 }'] })
    await bench.answer(bench.deliver({ short_message: Buffer.from('Où @ [x]', 'latin1') }))
    expect(await texts()).toEqual(['Où @ [x]'])
  })

  it('that is no text is shown as its octets', async () => {
    bench = await inboxBench()
    await bench.answer(bench.deliver({ data_coding: 4, short_message: Buffer.of(1, 2, 0xff) }))
    await bench.answer(bench.deliver({ data_coding: 8, short_message: Buffer.of(0xd8, 0x3d) }))
    expect(await shown()).toMatchObject([
      { text: null, hex: '0102ff' },
      { text: null, hex: 'd83d' },
    ])
  })

  it.each([
    ['8', 0x7f],
    ['16', 0x1234],
  ])(
    'of two parts with a reference of %s bits is one, whichever comes first, and a character may be cut in two',
    async (_, reference) => {
      bench = await inboxBench()
      const octets = ucs2('지금 어디로 가야 합니까 🙏?')
      const cut = octets.length - 4
      const part = (n: number, body: Buffer) =>
        bench.deliver({ esm_class: 0x40, data_coding: 8, short_message: Buffer.concat([udh(reference, 2, n), body]) })
      await bench.answer(part(2, octets.subarray(cut)))
      expect(await shown()).toMatchObject([{ text: null, parts: 2, missing: [1] }])
      await bench.answer(part(1, octets.subarray(0, cut)))
      expect(await shown()).toMatchObject([{ text: '지금 어디로 가야 합니까 🙏?', parts: 2, missing: [] }])
    },
  )

  it('of two parts that the SAR TLVs name is one', async () => {
    bench = await inboxBench()
    const part = (n: number, body: string) =>
      bench.deliver(
        { data_coding: 8, short_message: ucs2(body) },
        { sar_msg_ref_num: 300, sar_total_segments: 2, sar_segment_seqnum: n },
      )
    await bench.answer(part(2, ' 합니까'))
    await bench.answer(part(1, '어디로 가야'))
    expect(await shown()).toMatchObject([{ text: '어디로 가야 합니까', parts: 2, missing: [] }])
  })

  it('of which a part has not come shows the gap; the next text with the same reference is another one', async () => {
    bench = await inboxBench()
    const part = (n: number, body: string) =>
      bench.answer(
        bench.deliver({ esm_class: 0x40, data_coding: 8, short_message: Buffer.concat([udh(9, 3, n), ucs2(body)]) }),
      )
    await part(1, '하나')
    await part(3, '셋')
    await part(1, '다시')
    expect(await shown()).toMatchObject([
      { text: '하나 […] 셋', missing: [2] },
      { text: '다시 […]', missing: [2, 3] },
    ])
  })

  it('that the SMSC repeats after a lost connection is kept once, and acknowledged', async () => {
    bench = await inboxBench()
    const hold = await holdInbox()
    say('살려주세요')
    await waitingFor(bench.db, /inbox_text/)
    const { length } = bench.peer.connections
    bench.peer.last.socket.destroy()
    await bench.peer.until(
      () => bench.peer.connections.length > length && bench.peer.last.all('bind_transceiver').length > 0,
    )
    const again = say('살려주세요')
    const other = say('살려주세요', '821099999999')
    await hold.release()
    expect([await bench.answer(again), await bench.answer(other)]).toEqual([ESME_ROK, ESME_ROK])
    expect((await shown()).map(({ from }) => from)).toEqual(['821012345678', '821099999999'])
  })

  it('that comes twice in one batch is kept once, and again when it is said anew', async () => {
    bench = await inboxBench()
    const sequences = [say('네'), say('네')]
    for (const sequence of sequences) expect(await bench.answer(sequence)).toBe(ESME_ROK)
    expect(await texts()).toEqual(['네'])
    await bench.rows(`UPDATE inbox_text SET received_at = now() - interval '11 minutes'`)
    await bench.answer(say('네'))
    expect(await texts()).toEqual(['네', '네'])
  })

  it('beyond what may wait is left to the SMSC', async () => {
    bench = await inboxBench({ capacity: 2 })
    const hold = await holdInbox()
    const [one, two, three] = [say('1'), say('2'), say('3')] as [number, number, number]
    expect(await bench.answer(three)).toBe(ESME_RX_T_APPN)
    expect([bench.answered(one), bench.answered(two)]).toEqual([false, false])
    await hold.release()
    expect([await bench.answer(one), await bench.answer(two)]).toEqual([ESME_ROK, ESME_ROK])
    expect(await texts()).toEqual(['1', '2'])
  })

  it('from an address too long for an index is kept raw, and holds up nobody', async () => {
    bench = await inboxBench()
    const answered: number[] = []
    bench.inbox.take(
      {
        carrier: 'other',
        carrierNo: 2,
        alphabet: 'gsm7',
        delivery: {
          pdu: Buffer.from('raw'),
          sequence: 1,
          esmClass: 0,
          sourceAddr: randomBytes(3000).toString('base64url'),
          destinationAddr: '82232100404',
          dataCoding: 0,
          text: Buffer.from('help'),
          receiptedMessageId: undefined,
          messageState: undefined,
          networkErrorCode: undefined,
        },
      },
      (status) => answered.push(status),
    )
    expect(await bench.answer(say('도와주세요'))).toBe(ESME_ROK)
    expect(answered).toEqual([ESME_ROK])
    expect(await texts()).toEqual(['도와주세요'])
    expect(await quarantined()).toMatchObject([{ reason: 'row-refused', raw: Buffer.from('raw') }])
  })

  it('that the database refuses costs only itself, and is kept raw', async () => {
    bench = await inboxBench()
    await bench.rows(`ALTER TABLE inbox_text ADD CHECK (source <> '821000000666')`)
    const sequences = [say('하나'), say('둘', '821000000666'), say('셋')]
    for (const sequence of sequences) expect(await bench.answer(sequence)).toBe(ESME_ROK)
    expect(await texts()).toEqual(['하나', '셋'])
    const [kept, ...others] = await quarantined()
    expect(others).toEqual([])
    expect(kept?.reason).toBe('row-refused')
    expect(decodePdu(kept?.raw as Buffer)).toMatchObject({
      command: 'deliver_sm',
      fields: { short_message: ucs2('둘') },
    })
  })

  it('is deleted after 100 days', async () => {
    bench = await inboxBench()
    await bench.answer(say('옛날'))
    await bench.answer(bench.deliver({ esm_class: 4, short_message: Buffer.from('?') }))
    await bench.rows(`UPDATE inbox_text SET received_at = now() - interval '101 days'`)
    await bench.rows(`UPDATE quarantined_delivery SET received_at = now() - interval '101 days'`)
    await bench.answer(say('오늘'))
    await purgeSpent(bench.db)
    expect(await texts()).toEqual(['오늘'])
    expect(await quarantined()).toEqual([])
  })
})

describe('while the database is away', () => {
  let thief: CommitThief
  const through = async (url: string) => {
    thief = await commitThief(url)
    return thief.url
  }
  afterEach(async () => {
    await bench.inbox.close()
    await thief.close()
  })

  /** At the next COMMIT the server goes, and nobody reaches it until `back` is called. */
  async function outage(begin: () => void): Promise<{ back(): void }> {
    let back = () => {}
    const over = new Promise<void>((resolve) => {
      back = resolve
    })
    const away = new Promise<void>((resolve) => {
      thief.armWith(async () => {
        await bench.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                           WHERE datname = current_database() AND state = 'idle in transaction'`)
        resolve()
        await over
      })
    })
    begin()
    await away
    return { back }
  }

  it('nothing is acknowledged, and what waits is kept when it is back', async () => {
    bench = await inboxBench({ inboxUrl: through })
    let first = 0
    const { back } = await outage(() => {
      first = say('하나')
    })
    const second = say('둘')
    // Enquire_link is answered after what came before it: by then it could have been acknowledged.
    bench.peer.last.send({ command: 'enquire_link', sequence: 7 })
    await bench.peer.until(() => bench.peer.last.all('enquire_link_resp').length > 0)
    expect([bench.answered(first), bench.answered(second)]).toEqual([false, false])
    expect(await texts()).toEqual([])
    back()
    expect([await bench.answer(first), await bench.answer(second)]).toEqual([ESME_ROK, ESME_ROK])
    expect(await texts()).toEqual(['하나', '둘'])
  })

  it('a batch whose COMMIT got no answer is kept once', async () => {
    bench = await inboxBench({ inboxUrl: through })
    thief.arm()
    expect(await bench.answer(say('하나'))).toBe(ESME_ROK)
    expect(thief.stolen).toBe(1)
    expect(await texts()).toEqual(['하나'])
  })

  it('closing does not wait for it: what was not acknowledged is still with the SMSC', async () => {
    bench = await inboxBench({ inboxUrl: through })
    let sequence = 0
    const { back } = await outage(() => {
      sequence = say('하나')
    })
    await bench.inbox.close()
    expect(bench.answered(sequence)).toBe(false)
    expect(await bench.answer(say('둘'))).toBe(ESME_RX_T_APPN)
    back()
    expect(await texts()).toEqual([])
  })
})

describe('a delivery is told apart by esm_class', () => {
  it.each([
    [0x00, 'text'],
    [0x08, 'delivery-ack'],
    [0x10, 'user-ack'],
  ])('0x%s: %s', async (esm_class, kind) => {
    bench = await inboxBench()
    expect(await bench.answer(bench.deliver({ esm_class, short_message: Buffer.from('ok') }))).toBe(ESME_ROK)
    expect(await shown()).toMatchObject([{ kind, text: 'ok' }])
    expect(await quarantined()).toEqual([])
  })

  it('a receipt goes to the ledger, and no text that looks like one does', async () => {
    bench = await inboxBench()
    const receipt = Buffer.from('id:77 stat:DELIVRD err:000')
    expect(await bench.answer(bench.deliver({ esm_class: 4, short_message: receipt }))).toBe(ESME_ROK)
    expect(await bench.rows('SELECT smsc_id FROM parked_receipt')).toEqual([{ smsc_id: '77' }])
    expect(await texts()).toEqual([])
    await bench.answer(bench.deliver({ short_message: receipt }))
    expect(await texts()).toEqual(['id:77 stat:DELIVRD err:000'])
  })

  it.each([
    ['a receipt without a state', 'receipt-unreadable', { esm_class: 4, short_message: Buffer.from('id:77') }, {}],
    ['an intermediate notification without an id', 'receipt-unreadable', { esm_class: 0x20 }, { message_state: 2 }],
    [
      'a receipt by its TLV alone',
      'receipt-unreadable',
      { short_message: Buffer.from('?') },
      { receipted_message_id: '7' },
    ],
    ['a kind that phones do not send', 'kind-unknown', { esm_class: 0x18, short_message: Buffer.from('x') }, {}],
    ['a header longer than its text', 'header-damaged', { esm_class: 0x40, short_message: Buffer.of(9, 0, 3) }, {}],
  ] as const)('%s is kept raw and acknowledged, once however often it is repeated', async (_, reason, fields, tlvs) => {
    bench = await inboxBench()
    const sequences = [bench.deliver(fields, tlvs), bench.deliver(fields, tlvs)]
    for (const sequence of sequences) expect(await bench.answer(sequence)).toBe(ESME_ROK)
    expect(await bench.answer(bench.deliver(fields, tlvs))).toBe(ESME_ROK)
    const [kept, ...others] = await quarantined()
    expect(others).toEqual([])
    expect(kept?.reason).toBe(reason)
    expect(decodePdu(kept?.raw as Buffer)).toMatchObject({ command: 'deliver_sm', fields, tlvs })
    expect(await texts()).toEqual([])
    expect(await bench.rows('SELECT FROM parked_receipt')).toEqual([])
  })
})

describe('the responsible mission', () => {
  it('of a resident is his own, of a roamer the embassy where he is, of others none', async () => {
    bench = await inboxBench()
    await addResidents(bench.db, [{ msisdn: '819012345678', country: 'JP' }])
    await bench.rows(`UPDATE resident SET mission = 'niigata'`)
    await addRoamers(bench.db, [
      { msisdn: '821000000001', countries: ['JP'] },
      { msisdn: '821000000002', countries: ['GP', 'MF'] },
      { msisdn: '821000000003', countries: ['IS'] },
      { msisdn: '819012345678', countries: ['TH'] },
    ])
    const from = ['+819012345678', '821000000001', '821000000002', '821000000003', '821000000009', 'BONGSU']
    for (const source of from) await bench.answer(say('어디로', source))
    expect((await shown()).map((text) => [text.from, text.mission])).toEqual([
      ['+819012345678', 'niigata'],
      ['821000000001', 'tokyo'],
      ['821000000002', null],
      ['821000000003', null],
      ['821000000009', null],
      ['BONGSU', null],
    ])
  })
})

describe('the message that a text answers', () => {
  const phone = '821012345678'

  /** A broadcast with one message to the phone, which a carrier took so many minutes ago; null: not yet. */
  async function sent(of: 'alert' | 'entry', minutesAgo: number | null): Promise<number> {
    return transaction(bench.db.pool, async (client) => {
      const journeys = [{ msisdn: phone, country: 'JP', enteredAt: new Date() }]
      const recipientKey = of === 'alert' ? phone : ((await insertJourneys(client, journeys))[0] as number)
      const id = await openBroadcast(client, {
        alertId:
          of === 'alert' ? (await createAlert(bench.db, alertOf([]), rulesFor(alertOf([]), {}), [], 'kim')).id : null,
        day: of === 'entry' ? new Date(Date.now() - days++ * 86_400_000).toISOString().slice(0, 10) : null,
        lane: 1,
        state: 'sending',
        exercise: false,
        resend: false,
        digest: null,
        expires: null,
        validityMs: null,
        texts: [{ key: '1', language: 'ko', text: 'Test' }],
      })
      const message = { recipientKey, msisdn: phone, variant: 1, reason: 'roamer' as const, country: 'JP' }
      await insertMessages(client, id, 1, [{ ...message, route: [bench.carrierNo] }])
      await client.query(`UPDATE message SET submitted_at = now() - $2 * interval '1 minute' WHERE broadcast_id = $1`, [
        id,
        minutesAgo,
      ])
      return id
    })
  }
  let days = 0
  const answered = async () => {
    await bench.answer(say(`${Math.random()}`))
    return (await shown()).at(-1)?.answers
  }

  it('is the last one that a carrier took for the number, an alert or an entry text', async () => {
    bench = await inboxBench()
    expect(await answered()).toBeNull()
    const entry = await sent('entry', 9)
    expect(await answered()).toEqual({ broadcastId: entry, alertId: null, seq: 1 })
    const alert = await sent('alert', 3)
    await sent('entry', 5)
    await sent('alert', null)
    expect(await answered()).toEqual({ broadcastId: alert, alertId: expect.any(String), seq: 1 })
    await bench.answer(say('someone else', '821099999999'))
    expect((await shown()).at(-1)?.answers).toBeNull()
  })

  it('is none that was made more than a week ago', async () => {
    bench = await inboxBench()
    const alert = await sent('alert', 3)
    await bench.rows(`UPDATE broadcast SET created_at = now() - interval '8 days' WHERE id = $1`, alert)
    expect(await answered()).toBeNull()
  })
})

describe('a word to stop', () => {
  const optedOut = async () =>
    (await bench.rows<{ msisdn: string }>('SELECT msisdn::text FROM opt_out ORDER BY 1')).map((row) => row.msisdn)

  it.each(['STOP', ' stop\n', 'Unsubscribe', '수신거부', '거부', '중지', 'ＳＴＯＰ', 'StopAll'])(
    '%j is obeyed, and START undoes it',
    async (word) => {
      bench = await inboxBench()
      await bench.answer(say(word))
      expect(await optedOut()).toEqual(['821012345678'])
      expect(await shown()).toMatchObject([{ word: 'stop' }])
      await bench.answer(say('start'))
      expect(await optedOut()).toEqual([])
    },
  )

  it('is one only where the text says nothing else, and is a text', async () => {
    bench = await inboxBench()
    await bench.answer(say('STOP sending, please'))
    await bench.answer(say('거부합니다'))
    await bench.answer(bench.deliver({ esm_class: 0x10, short_message: Buffer.from('STOP') }))
    await bench.answer(say('STOP', 'BONGSU'))
    expect(await optedOut()).toEqual([])
  })

  it('after one to start is obeyed again, though it is the same', async () => {
    bench = await inboxBench()
    for (const word of ['STOP', '수신동의', 'STOP']) await bench.answer(say(word))
    expect(await optedOut()).toEqual(['821012345678'])
    for (const word of ['수신동의', 'STOP', '수신동의']) say(word)
    await bench.answer(say('그만'))
    expect(await optedOut()).toEqual([])
  })
})

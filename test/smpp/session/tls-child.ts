import { Link } from '../../../src/smpp/session/link.ts'
import { describeEnd } from '../../../src/smpp/session/state.ts'

// Which authorities are trusted is settled when Node starts: so a process of its own. Says how the first connection ended.
const say = (what: string) => process.stdout.write(what, () => process.exit(0))
new Link<never>(
  {
    kind: 'transceiver',
    systemId: 'bongsu',
    password: 'secret',
    systemType: '',
    window: 1,
    timers: { enquireLinkMs: 60_000, responseMs: 5_000 },
    addresses: [{ host: '127.0.0.1', port: Number(process.argv[2]), tls: true }],
    startAt: 0,
    reconnectMs: [1000, 1000],
  },
  {
    bound: () => say('bound'),
    closed: (end) => say(describeEnd(end)),
    answered: () => undefined,
    unanswered: () => undefined,
    delivered: () => undefined,
    room: () => undefined,
  },
).start()

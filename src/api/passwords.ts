import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { Problem } from '../lib/problem.ts'

/** OWASP, Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. argon2id is the package's default. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of a password that nobody knows: with a name that nobody has, as much is reckoned as with one that somebody has. */
const decoy = '$argon2id$v=19$m=19456,t=2,p=1$Cra75bOquQq2G8w3c4BgCg$7WBqmBDOpXgjCVCnlFez3fouClSMC5I9el5Kj4LuDE0'

const shortest = 12
/** Longer ones are refused, not cut; octets. */
const longest = 256

/** At once; they run on libuv's four threads, which names and files are looked up on too. */
const atOnce = 2
const mostWaiting = 100
let running = 0
const waiting: (() => void)[] = []

/** NIST SP 800-63B §5.1.1.2: the same password, however a keyboard composes it. */
const normal = (password: string) => password.normalize('NFKC')

export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(normal(password), cost))

/** Takes as long where there is nothing to compare with. @throws Problem `busy` (503) */
export async function passwordFits(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  const fits = await inTurn(() => verify(passwordHash ?? decoy, normal(password)))
  return fits && typeof passwordHash === 'string'
}

/** Letters and digits that nobody takes for another: 32. */
const legible = 'abcdefghijkmnpqrstuvwxyz23456789'

/** 100 random bits, in groups that can be read out over a telephone. */
export const oneTimePassword = (): string =>
  Array.from(randomBytes(20), (octet) => legible.charAt(octet & 31))
    .join('')
    .replace(/(.{5})(?=.)/g, '$1-')

/** @throws Problem `weak-password` (422) */
export function checkPassword(password: string, name: string): void {
  const written = normal(password)
  const refuse = (message: string) => {
    throw new Problem('weak-password', message, {
      status: 422,
      where: '/password',
      hint: `At least ${shortest} characters; several words that have nothing to do with each other are best.`,
    })
  }
  if ([...written].length < shortest) refuse(`The password has fewer than ${shortest} characters`)
  if (Buffer.byteLength(written) > longest) refuse(`The password has more than ${longest} octets`)
  if (new Set(written.toLowerCase()).size < 6) refuse('The password repeats a few characters')
  const lower = written.toLowerCase()
  for (const word of [name.toLowerCase(), 'bongsu', 'password', '봉수', '비밀번호', 'qwerty', '123456']) {
    if (word.length > 1 && lower.replaceAll(word, '').length < shortest - 4) refuse('The password is easily guessed')
  }
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting) {
      throw new Problem('busy', 'Too many sign in at the moment', { status: 503, hint: 'Try again in some seconds.' })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running++
  try {
    return await work()
  } finally {
    // The place goes over to the next who waits.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

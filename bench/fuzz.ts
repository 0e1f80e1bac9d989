import { parseArgs } from 'node:util'
import { prng } from '../src/lib/prng.ts'
import { commandId } from '../src/smpp/codec/commands.ts'
import { Framer } from '../src/smpp/codec/framer.ts'
import { chunked, corpusOf, damage, mislength } from '../test/smpp/mutations.ts'
import { Victim } from '../test/smpp/session/victim.ts'
import { judge, type Verdict } from '../test/smpp/verdict.ts'
import { peakMegabytes } from './measure.ts'
import { broken, figure, print, wholeNumber } from './print.ts'

/** Peak resident memory of this process, MB: the codec keeps nothing, so inputs by the million must not show. */
const boundMb = 400
/** Inputs between two looks at a live session. */
const batch = 1000

/**
 * Seeded damage by the million: bits, cuts, splices, TLVs, wrong lengths. Each input is read by the general decoder and by the
 * readers of the hot path, which must agree; each batch goes through the framer and into a live session in random chunks, after
 * which the session must still answer enquire_link.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { inputs: { type: 'string', default: '3000000' }, seed: { type: 'string', default: '1' } },
  })
  const inputs = wholeNumber('--inputs', values.inputs)
  const seed = wholeNumber('--seed', values.seed)
  const random = prng(seed)
  const corpus = corpusOf(random, 50)
  const verdicts: Record<Verdict, number> = { decoded: 0, damaged: 0, broken: 0 }
  let disagreements = 0
  const victim = await Victim.open()
  const started = performance.now()
  for (let done = 0; done < inputs; ) {
    const frames: Buffer[] = []
    for (; frames.length < batch && done < inputs; done++) {
      const torn = random.next() < 0.1
      const input = torn ? mislength(random, corpus) : damage(random, corpus)
      try {
        verdicts[judge(input)]++
      } catch (error) {
        disagreements++
        if (disagreements <= 5) broken((error as Error).message)
      }
      // A wrong length ends a session, and an unbind is obeyed: these two are for the codec only.
      if (!torn && input.readUInt32BE(4) !== commandId.unbind) frames.push(victim.aim(random, input))
    }
    const chunks = chunked(random, Buffer.concat(frames))
    checkFraming(chunks, frames)
    for (const chunk of chunks) victim.feed(chunk)
    if (!(await victim.alive())) {
      broken(`the session ended near input ${done}: ${JSON.stringify(victim.end)}`)
      break
    }
  }
  const seconds = (performance.now() - started) / 1000
  if (victim.answered + victim.session.inFlight !== victim.submitted) broken('a submit_sm was lost by the session')
  await victim.close()
  const peak = peakMegabytes(process.pid)
  if (disagreements > 0) broken(`${disagreements} inputs were read in two ways, or threw`)
  if (peak > boundMb) broken(`peak memory ${figure(peak)} MB`)
  print(`${figure(inputs)} inputs, seed ${seed}: ${figure(inputs / seconds)} inputs/s`)
  print(`decoded ${figure(verdicts.decoded)}, damaged ${figure(verdicts.damaged)}, broken ${figure(verdicts.broken)}`)
  print(`disagreements with the reference decoder: ${disagreements}`)
  print(`live session: ${figure(victim.delivered)} deliveries, ${figure(victim.answered)} of its submits answered`)
  print(`peak memory ${figure(peak)} MB (bound ${boundMb} MB)`)
}

/** The framer gives back exactly what went in. */
function checkFraming(chunks: readonly Buffer[], frames: readonly Buffer[]): void {
  const framer = new Framer()
  let n = 0
  for (const chunk of chunks) {
    framer.push(chunk)
    for (let frame = framer.next(); frame; frame = framer.next()) {
      if (!frames[n]?.equals(frame)) broken(`frame ${n} of a batch came out of the framer changed`)
      n++
    }
  }
  if (n !== frames.length) broken(`${frames.length} frames went into the framer, ${n} came out`)
}

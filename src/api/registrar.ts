import { Problem } from '../lib/problem.ts'
import type { Client } from '../store/database.ts'
import type { Holder } from '../store/people/holder.ts'
import { registeredElsewhere } from '../store/subscribers/upsert-residents.ts'
import type { Resident } from '../subscribers/resident.ts'

/** Why mission staff may not register somebody at this mission; undefined: they may. */
export function foreignMission({ missions }: Holder, { mission }: Resident): Problem | undefined {
  if (missions === null || missions.includes(mission)) return undefined
  return new Problem('mission-not-yours', `The mission "${mission}" is not yours`, {
    status: 403,
    where: 'mission',
    hint: `Yours: ${missions.join(', ')}.`,
  })
}

export const elsewhere = () =>
  new Problem('registered-elsewhere', 'The number is registered at another mission', {
    status: 403,
    where: 'msisdn',
    hint: 'Ask that mission, or the headquarters, to hand it over.',
  })

/**
 * Mission staff register at their mission, and take no number of another's; call it in the transaction of `upsertResidents`.
 * @throws Problem `mission-not-yours`, `registered-elsewhere` (403)
 */
export async function checkRegistrar(client: Client, holder: Holder, resident: Resident): Promise<void> {
  const foreign = foreignMission(holder, resident)
  if (foreign !== undefined) throw foreign
  if (holder.missions === null) return
  if ((await registeredElsewhere(client, [resident], holder.missions)).size > 0) throw elsewhere()
}

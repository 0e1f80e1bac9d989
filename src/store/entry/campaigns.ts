import { isDeepStrictEqual } from 'node:util'
import type { CampaignDraft } from '../../entry/campaign-draft.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { history, standing } from '../kept.ts'

export interface CampaignRow extends CampaignDraft {
  readonly id: number
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
}

const kept = {
  table: 'campaign',
  key: 'name',
  age: 'id',
  columns: 'id, name, areas, texts, starts_at "startsAt", ends_at "endsAt", note, made_by "madeBy", made_at "madeAt"',
}

/** Campaigns that are not over at that time, those that start last first. */
export const campaignsOf = (db: Client, at: Date): Promise<CampaignRow[]> =>
  standing(db, kept, { stands: '"endsAt" > $1', order: '"startsAt" DESC, id DESC' }, [at])

/** Everything that was ever set of a campaign, the newest first. */
export const campaignHistory = (db: Client, name: string): Promise<CampaignRow[]> => history(db, kept, 'name', name)

/** A person sets a campaign, which `checkCampaign` has let pass. @returns false where it stands already: that adds nothing to the history */
export async function setCampaign(
  db: Database,
  draft: CampaignDraft & { note: string },
  person: string,
): Promise<boolean> {
  return transaction(db.pool, async (client) => {
    const [before] = await campaignHistory(client, draft.name)
    if (before && sameCampaign(before, draft)) return false
    await insertCampaign(client, draft, 'entry-campaign.set', person)
    return true
  })
}

const sameCampaign = (a: CampaignDraft, b: CampaignDraft) =>
  isDeepStrictEqual([a.areas, a.texts, a.startsAt, a.endsAt], [b.areas, b.texts, b.startsAt, b.endsAt])

/** Ends a campaign now. @throws Problem `campaign-unknown` (404) where none of the name is going on or about to */
export async function endCampaign(db: Database, name: string, now: Date, person: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    const before = (await campaignsOf(client, now)).find((one) => one.name === name)
    if (!before) {
      throw new Problem('campaign-unknown', `No campaign "${name}" is going on or about to`, { status: 404 })
    }
    // One that had not started: a time that has an end after its start, and is over.
    const startsAt = before.startsAt < now ? before.startsAt : new Date(now.getTime() - 1)
    await insertCampaign(client, { ...before, startsAt, endsAt: now }, 'entry-campaign.end', person)
  })
}

async function insertCampaign(
  client: Client,
  { name, areas, texts, startsAt, endsAt, note }: CampaignDraft & { note: string },
  act: string,
  person: string,
): Promise<void> {
  const actor = `person:${person}`
  await client.query(
    `INSERT INTO campaign (name, areas, texts, starts_at, ends_at, note, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [name, areas, JSON.stringify(texts), startsAt, endsAt, note, actor],
  )
  const detail = { areas, texts, startsAt, endsAt, note }
  await appendAudit(client, { actor, act, subject: `campaign:${name}`, detail })
}

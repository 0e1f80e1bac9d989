import type { StoredCampaign, Whither } from './model.ts'

/** Campaigns of the moment for somebody, the newest first; of several countries only those that are meant for all of them. */
export function campaignsFor(
  { countries, regions }: Whither,
  at: Date,
  campaigns: readonly StoredCampaign[],
): StoredCampaign[] {
  const meant = ({ areas, startsAt, endsAt }: StoredCampaign) =>
    startsAt <= at &&
    at < endsAt &&
    (areas.includes('*') ||
      regions.some((region) => areas.includes(region)) ||
      countries.every((country) => areas.includes(country)))
  return campaigns.filter(meant).sort((a, b) => b.startsAt.getTime() - a.startsAt.getTime() || b.id - a.id)
}

/** Texts of one journey, told apart by `recipient_key` = journey * 8 + slot: 0 its mission, 1 its level, from 2 on its campaigns. */
export const slotsPerJourney = 8

/** So long a journey is remembered: whoever is told again belongs to one that began no earlier. */
export const rememberedDays = 30

/** SQL: the recipient_keys that texts of a journey may have, as rows of `key`; before migration 0013 it was the journey itself. */
export const entryKeys = (journey: string): string =>
  `(SELECT ${journey} AS key UNION ALL SELECT ${journey} * ${slotsPerJourney} + slot FROM generate_series(0, ${slotsPerJourney - 1}) AS slot)`

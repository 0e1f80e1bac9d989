/** The parts of an entry set, in the order in which they are sent unless a policy says otherwise. */
export const TEXT_KINDS = ['mission', 'level', 'campaign'] as const
export type TextKind = (typeof TEXT_KINDS)[number]

export type TravelLevel = 1 | 2 | 3 | 4

/** What is done when somebody enters an area. Who is told of alerts in force is no matter of policy: late entrants always are. */
export interface EntryPolicy {
  /** Off: nobody gets an entry text. */
  readonly enabled: boolean
  /** Which texts, in what order. */
  readonly kinds: readonly TextKind[]
  /** Within this time nobody gets the same country's texts again. */
  readonly coolDownHours: number
  /** Who comes back to the country that he left no longer ago has not entered it: networks that alternate at a border. */
  readonly returnMinutes: number
  /** A stay that is shorter is a transit and gets nothing: texts wait so long. 0: none is. */
  readonly transitMinutes: number
  /** Texts wait so long, so that they arrive after the carrier's own welcome. */
  readonly delaySeconds: number
  /** Texts wait until the end of the quiet hours; null: there are none. */
  readonly quiet: QuietHours | null
  /** Who is there already gets the texts again. */
  readonly resend: Resend
}

export interface Resend {
  /** When the travel-alert level of the area rises. */
  readonly level: boolean
  /** When an alert comes into force there. */
  readonly alert: boolean
}

export interface QuietHours {
  /** HH:MM of the destination's clock; `to` may be of the next day. */
  readonly from: string
  readonly to: string
  /** From this travel-alert level on nothing waits for the morning; null: always. */
  readonly unlessLevel: TravelLevel | null
}

/** What is set for an area (`*`: everywhere, `JP`, `JP-17`); what is not set is that of the area around. */
export type PolicyPatch = Partial<Omit<EntryPolicy, 'resend'>> & { readonly resend?: Partial<Resend> }

export const defaultPolicy: EntryPolicy = {
  enabled: true,
  kinds: TEXT_KINDS,
  coolDownHours: 24,
  returnMinutes: 60,
  transitMinutes: 0,
  delaySeconds: 0,
  quiet: null,
  resend: { level: false, alert: false },
}

/** What stands where several patches do, the widest area first. */
export const policyOf = (patches: readonly PolicyPatch[]): EntryPolicy => ({
  ...Object.assign({}, defaultPolicy, ...patches),
  resend: Object.assign({}, defaultPolicy.resend, ...patches.map(({ resend }) => resend)),
})

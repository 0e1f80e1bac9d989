import { Findings } from '../alerts/findings.ts'
import type { Alert } from '../alerts/model.ts'
import { type ChosenRules, countriesMeant, UNKNOWN_LANGUAGE } from '../alerts/rules.ts'
import { nearest } from '../lib/nearest.ts'
import type { Problem } from '../lib/problem.ts'
import { unknownMissions } from '../store/audience/missions.ts'
import type { Client } from '../store/database.ts'
import { countriesOfPlmn } from '../subscribers/networks.ts'

/**
 * Whether the rules that an author chose can mean anybody: a slip of the pen would leave out all whom they are for.
 * @returns what does not stand against them, but should be seen before approval
 * @throws Problem `rules-refused` (422) with one detail per reason
 */
export async function checkRules(db: Client, alert: Alert, rules: ChosenRules): Promise<readonly Problem[]> {
  const refused = new Findings()
  const warnings = new Findings()
  const { populations, languages, missions, homeNetworks } = rules
  if (missions) {
    const { unknown, known } = await unknownMissions(db, missions)
    for (const id of unknown) {
      const near = nearest(id, known)
      refused.problem(
        'mission-unknown',
        '/rules/missions',
        `There is no mission "${id}", and nobody is registered there`,
        near ? `Did you mean "${near}"?` : 'Write the id of the mission: tokyo.',
      )
    }
  }
  for (const plmn of homeNetworks ?? []) {
    if (countriesOfPlmn(plmn).length > 0) continue
    const hint = 'Write MCC and MNC without anything between them: 45008.'
    refused.problem('network-unknown', '/rules/homeNetworks', `${plmn} is the code of no country's network`, hint)
  }
  const residents = populations?.includes('residents') ?? true
  const roamers = populations?.includes('roamers') ?? true
  const speechless = languages !== undefined && !languages.includes(UNKNOWN_LANGUAGE)
  if (!residents && speechless) {
    const hint = `Leave languages out, or add ${UNKNOWN_LANGUAGE}.`
    refused.problem(
      'nobody-meant',
      '/rules/languages',
      'Alerts do not ask for the language of a roamer: nobody is left',
      hint,
    )
  } else if (roamers && speechless) {
    warnings.problem(
      'no-roamers',
      '/rules/languages',
      'Alerts do not ask for the language of a roamer: no roamer is told',
      `Add ${UNKNOWN_LANGUAGE} for roamers, and for residents whose language is not known.`,
    )
  }
  if (missions && !residents) {
    warnings.problem('rule-without-effect', '/rules/missions', 'Missions are a rule for residents, and none is meant')
  }
  if (homeNetworks && !roamers) {
    warnings.problem(
      'rule-without-effect',
      '/rules/homeNetworks',
      'Home networks are a rule for roamers, and none is meant',
    )
  }
  const whole = countriesMeant(alert)
  if (rules.unplaced === 'exclude' && whole.length > 0) {
    warnings.problem(
      'rule-without-effect',
      '/rules/unplaced',
      `${whole.join(', ')} ${whole.length === 1 ? 'is' : 'are'} meant as a whole: who is reported there is told, also where nothing but the country is known`,
      'To leave the unplaced out draw the part of the country that is meant, or name its regions; else leave the rule out.',
    )
  }
  refused.throwIfAny('rules-refused', 'The rules of the alert cannot be used')
  return warnings.problems
}

import { type Command, Option } from 'commander'
import { type RuleQuery, ruleQuerySchema } from '../../alerts/rule-schema.ts'

/** The rules of an alert as they were given on the command line: texts, which the server reads and checks. */
export type RuleFlags = { readonly [Name in keyof RuleQuery]?: string }

interface RuleSchema {
  readonly enum?: readonly string[]
  readonly type?: string
  readonly description?: string
}

const schemas: Readonly<Record<string, RuleSchema>> = ruleQuerySchema.properties
const rules = Object.entries(schemas) as [keyof RuleQuery, RuleSchema][]

/** A flag for each rule that the API takes in its query, in its words: `placeMaxAgeHours` is `--place-max-age-hours <n>`. */
export function addRuleFlags(command: Command): void {
  for (const [name, schema] of rules) {
    const value = schema.enum ? 'rule' : schema.type === 'string' ? 'list' : 'n'
    const option = new Option(`--${dashed(name)} <${value}>`, schema.description)
    command.addOption(schema.enum ? option.choices([...schema.enum]) : option)
  }
}

/** The rules among the flags of a command, for the query of the request that brings the alert. */
export function rulesAmong(flags: RuleFlags): [name: string, value: string][] {
  return rules.flatMap(([name]) => {
    const value = flags[name]
    return value === undefined ? [] : [[name, value]]
  })
}

const dashed = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/**
 * What a user might write for a placeholder: by its name, or by the command and its name where a name means something else there. Help and
 * errors make their example of it; a test finds a command that lacks one.
 */
const values: Readonly<Record<string, string>> = {
  '<alert>': 'bongsu-noto-2024-1',
  '<msisdn>': '+819012345678',
  '[msisdn]': '+819012345678',
  '<file>': 'alert.json',
  '[fields...]': 'coolDownHours=12',
  '<country>': 'JP',
  '<area>': 'JP',
  '<mission>': 'tokyo',
  '<name>': 'Kim',
  '--name': 'Kim',
  '--role': 'composer',
  '--reason': '"the report was wrong"',
  '--to': '819012345678',
  '--source': '"0404.go.kr, 2026-11-22"',
  '<language>': 'ko',
  '<term>': '해일',
  '<year>': '2026',
  '<method>': 'GET',
  '<path>': '/v1/carriers',
  '<url>': 'https://alerts.example.org/hook',
  '<police>': '110',
  '<ambulance>': '119',
  '<fire>': '119',
  '<phone>': '+81-3-3452-7611',
  '<other>': '0f0e6c1a-6a54-4d8b-9c39-2d1c7b1f9a10',
  '<decision>': 'both',
  'alert discard --reason': '"written twice"',
  'alert break-glass --reason': '"alone on duty, the wave comes in 20 minutes"',
  'alert review --reason': '"the water has not gone down"',
  'alert decide --reason': '"two different dangers"',
  'alert end --reason': '"the water is going down"',
  'privacy erase --reason': '"request 2026-117"',
  'carriers test <id>': 'kr-roaming-1',
  'keys revoke <id>': '17',
  'zones show <id>': 'JP-17',
  'zones check <file>': 'zone.geojson',
  'zones import <file>': 'zone.geojson',
  'residents import <file>': 'residents.csv',
  'roaming ingest <file>': 'roaming.ndjson',
  'camara subscribe <file>': 'numbers.txt',
  'camara unsubscribe <file>': 'numbers.txt',
  'templates show <id>': 'earthquake',
  'templates history <id>': 'earthquake',
  'templates set <id>': 'earthquake',
  'templates set <file>': 'earthquake.json',
  'templates take-back <id>': 'earthquake',
  'templates use <file>': 'filled-in.json',
  'terms add --meaning': 'tsunami',
  'entry campaign set <name>': 'dengue-2026',
  'entry campaign end <name>': 'dengue-2026',
  'entry campaign set --areas': 'TH,VN',
  'entry campaign set --from': '2026-12-01T00:00:00Z',
  'entry campaign set --to': '2027-03-01T00:00:00Z',
  'entry campaign set --ko': '"뎅기열이 유행합니다. {contacts}"',
  'entry campaign set --en': '"Dengue is spreading. {contacts}"',
}

/** Of an id that is made by the server. */
const someId = '0f0e6c1a-6a54-4d8b-9c39-2d1c7b1f9a10'

/** An example for a placeholder (`<alert>`, `--reason`) of a command (`alert retract`); undefined where there is none. */
export function exampleOf(command: string, placeholder: string): string | undefined {
  if (/^webhooks /.test(command) && placeholder === '<id>') return someId
  return values[`${command} ${placeholder}`] ?? values[placeholder]
}

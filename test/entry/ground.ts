import type { EntrySources, StoredCampaign, StoredTemplate } from '../../src/entry/model.ts'
import type { Ground } from '../../src/entry/where.ts'

/** Japan has a mission with a number, Mongolia one without, Iceland none. */
export const sources: EntrySources = {
  policies: [],
  templates: [],
  campaigns: [],
  levels: [],
  missions: [
    { id: 'tokyo', country: 'JP', nameKo: '주일본대사관', nameEn: 'Embassy in Japan', phone: '+81-3-3452-7611' },
    { id: 'niigata', country: 'JP', nameKo: '주니가타총영사관', nameEn: 'Consulate', phone: '+81-25-255-5555' },
    {
      id: 'ulaanbaatar',
      country: 'MN',
      nameKo: '주몽골대사관',
      nameEn: 'Embassy in Mongolia',
      phone: '+82-2-3210-0404',
    },
  ],
  emergency: [
    { country: 'JP', police: '110', ambulance: '119', fire: '119' },
    { country: 'CN', police: '110', ambulance: '120', fire: '119' },
    { country: 'IS', police: '112', ambulance: '112', fire: '112' },
  ],
  hosts: ['mofa.go.kr', '0404.go.kr'],
}

const names: Record<string, string> = {
  JP: '일본',
  MN: '몽골',
  CN: '중국',
  IS: '아이슬란드',
  GP: '과들루프',
  MF: '생마르탱',
}
export const nameOf = (country: string, language: 'ko' | 'en') =>
  (language === 'ko' ? names[country] : undefined) ?? country

export const ground: Ground = {
  sources,
  countries: ['CN', 'GP', 'IS', 'JP', 'MF', 'MN'],
  together: [['GP', 'MF']],
  isRegion: (area) => ['JP-17', 'JP-13'].includes(area),
  nameOf,
  // As a carrier counts Korean: 70 characters alone, 67 in each of several.
  segmentsOf: (text) => (text.length <= 70 ? 1 : Math.ceil(text.length / 67)),
}

let ids = 0
export const template = (area: string, body: string, more: Partial<StoredTemplate> = {}): StoredTemplate => ({
  id: ++ids,
  area,
  kind: 'mission',
  level: null,
  special: false,
  language: 'ko',
  body,
  ...more,
})

export const campaign = (name: string, areas: string[], more: Partial<StoredCampaign> = {}): StoredCampaign => ({
  id: ++ids,
  name,
  areas,
  texts: { ko: `${name} {country}`, en: `${name} in {country}` },
  startsAt: new Date('2026-11-01T00:00:00Z'),
  endsAt: new Date('2026-12-01T00:00:00Z'),
  ...more,
})

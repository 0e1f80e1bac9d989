import Type from 'typebox'
import { maskMsisdn } from '../lib/mask.ts'
import type { KeptResident } from '../store/subscribers/residents.ts'
import type { Resident } from '../subscribers/resident.ts'
import { timestamp } from './schemas.ts'

/** With the names of the file. */
export const residentSchema = Type.Object(
  {
    msisdn: Type.String(),
    mission: Type.String(),
    country: Type.String(),
    lat: Type.Optional(Type.Number()),
    lon: Type.Optional(Type.Number()),
    address: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    name_ref: Type.Optional(Type.String()),
    registered_at: Type.Optional(timestamp('When the mission registered it')),
    updated_at: Type.Optional(timestamp('When it was last written here')),
  },
  { title: 'Resident' },
)

export function residentView({
  msisdn,
  mission,
  country,
  lat,
  lon,
  address,
  language,
  nameRef,
  registeredAt,
}: Resident) {
  return {
    msisdn,
    mission,
    country,
    ...(lat === undefined ? {} : { lat, lon }),
    ...(address === undefined ? {} : { address }),
    ...(language === undefined ? {} : { language }),
    ...(nameRef === undefined ? {} : { name_ref: nameRef }),
    ...(registeredAt === undefined ? {} : { registered_at: registeredAt }),
  }
}

/** Masked: what says who it is or where he lives is left out too, as numbers can be found by either. */
export function listedResident(resident: KeptResident, numbers: 'masked' | 'full') {
  const { msisdn, mission, country, language, updatedAt } = resident
  if (numbers === 'full') return { ...residentView(resident), updated_at: updatedAt }
  const spoken = language === undefined ? {} : { language }
  return { msisdn: maskMsisdn(msisdn), mission, country, ...spoken, updated_at: updatedAt }
}

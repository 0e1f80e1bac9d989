/**
 * A name of an English text in ASCII: "Cote d'Ivoire", "Aland Islands". The letters that it goes without are in no alphabet of all carriers: "ô" is
 * neither in KS X 1001, where the whole text could not be sent, nor in GSM 7 bit, where it takes twice the segments.
 */
export const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[‘’]/g, "'")

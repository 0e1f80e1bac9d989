import type { Box } from './region.ts'

/**
 * Where ISO 3166-1 and the map (Natural Earth, de facto borders) differ, as data. Whose view of a disputed border is drawn
 * is a decision of policy, and this file is the place to change it.
 */

/** Features without an ISO number, by their name on the map. `undefined`: claimed by several, given to none. */
export const namedFeatures: Record<string, string | undefined> = {
  Kosovo: 'XK',
  Somaliland: 'SO',
  'N. Cyprus': 'CY',
  'Cyprus U.N. Buffer Zone': 'CY',
  // Sovereign bases without a code of their own, inside a country whose networks serve them.
  Akrotiri: 'CY',
  Dhekelia: 'CY',
  'USNB Guantanamo Bay': 'CU',
  Baikonur: 'KZ',
  'Coral Sea Is.': 'AU',
  'Clipperton I.': 'FR',
  'Bajo Nuevo Bank': 'CO',
  'Serranilla Bank': 'CO',
  'Indian Ocean Ter.': 'CX',
  'Siachen Glacier': undefined,
  'Spratly Is.': undefined,
  'Scarborough Reef': undefined,
}

/** Polygons that the map draws as part of another country, and the country they are: those wholly within the box. */
export const carvedOut: readonly { from: string; within: Box; is: string }[] = [
  // Territories with a code, networks and travel advice of their own.
  { from: 'FR', within: { west: -55, south: 2, east: -51, north: 6 }, is: 'GF' },
  { from: 'FR', within: { west: -61.3, south: 14.3, east: -60.7, north: 15 }, is: 'MQ' },
  { from: 'FR', within: { west: -62, south: 15.7, east: -60.9, north: 16.6 }, is: 'GP' },
  { from: 'FR', within: { west: 55, south: -21.5, east: 56, north: -20.7 }, is: 'RE' },
  { from: 'FR', within: { west: 44.9, south: -13.1, east: 45.4, north: -12.5 }, is: 'YT' },
  { from: 'NL', within: { west: -68.5, south: 11.9, east: -62.8, north: 17.8 }, is: 'BQ' },
  { from: 'NO', within: { west: 10, south: 74, east: 34, north: 81 }, is: 'SJ' },
  { from: 'NO', within: { west: -10, south: 70, east: -7, north: 72 }, is: 'SJ' },
  { from: 'NO', within: { west: 3, south: -55, east: 4, north: -54 }, is: 'BV' },
  { from: 'NZ', within: { west: -173, south: -10, east: -171, north: -8 }, is: 'TK' },
  { from: 'CX', within: { west: 96, south: -13, east: 98, north: -11 }, is: 'CC' },
  // General Assembly resolution 68/262; also whose networks' country code is dialled.
  { from: 'RU', within: { west: 32, south: 44, east: 36.8, north: 46.4 }, is: 'UA' },
]

/** Outlines that the map has lost: at its grain of some 10 m, the Vatican has shrunk to a line. Over the country around it. */
export const redrawn: readonly { is: string; ring: [lon: number, lat: number][] }[] = [
  {
    is: 'VA',
    ring: [
      [12.4457, 41.9018],
      [12.4484, 41.9002],
      [12.4536, 41.9004],
      [12.4575, 41.9014],
      [12.4584, 41.9032],
      [12.4576, 41.9052],
      [12.4545, 41.9075],
      [12.4505, 41.9066],
      [12.4475, 41.9046],
      [12.4457, 41.9018],
    ],
  },
]

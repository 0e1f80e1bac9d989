const dayMs = 86_400_000

/**
 * Days off in Korea in 2026 that are no Saturdays or Sundays: Seollal, Children's Day, Chuseok and the rest, substitutes included (Regulations
 * on Holidays of Government Offices). Another year gets those of 2026 on the same dates: a simulation, no calendar.
 */
const daysOff = new Set([
  '01-01',
  '02-16',
  '02-17',
  '02-18',
  '03-02',
  '05-05',
  '05-25',
  '06-03',
  '08-17',
  '09-24',
  '09-25',
  '10-05',
  '10-09',
  '12-25',
])

/** Departures of a month beside those of an average one: winter and summer holidays are high, spring and late autumn low. */
const months = [1.15, 1.08, 0.9, 0.92, 0.98, 0.95, 1.12, 1.14, 0.95, 1.0, 0.9, 0.98]
/** Of a weekday, from Sunday on: long weekends begin on Thursday and Friday. */
const weekdays = [0.95, 0.88, 0.85, 0.98, 1.14, 1.16, 1.04]

/** Departures from Korea in an hour of Korean time: the morning's wave, and that of the night flights. */
const hours = [1, 0.4, 0.2, 0.2, 0.3, 0.8, 3, 7, 9, 9.5, 8.5, 6, 4.5, 4, 4, 4, 4.5, 5, 6.5, 7.5, 7, 5, 3, 2]
const seoulHoursAhead = 9

const isOff = (day: number) => {
  const date = new Date(day * dayMs)
  return date.getUTCDay() % 6 === 0 || daysOff.has(date.toISOString().slice(5, 10))
}

/**
 * How many more set out on a day (days since 1970, Korean time) than on an average one. Who has three days off in a row or more sets out
 * on their eve, the first and the second.
 */
export function weightOf(day: number): number {
  const date = new Date(day * dayMs)
  let weight = (months[date.getUTCMonth()] as number) * (weekdays[date.getUTCDay()] as number)
  const [eve, first, second] = [runFrom(day + 1), runFrom(day), runFrom(day - 1)]
  if (Math.max(eve, first, second) >= 3) weight *= eve >= 3 ? 1.35 : first >= 3 ? 1.55 : 1.2
  return weight
}

/** Days off in a row that begin with this day; 0 where one before it is off. */
function runFrom(day: number): number {
  if (isOff(day - 1)) return 0
  let days = 0
  while (isOff(day + days)) days++
  return days
}

const total = hours.reduce((sum, weight) => sum + weight, 0)

/** When somebody sets out on a day of Korean time, milliseconds of the epoch. @param at uniform in [0, 1) */
export function departure(day: number, at: number): number {
  let left = at * total
  let hour = 0
  while (left >= (hours[hour] as number) && hour < 23) left -= hours[hour++] as number
  return day * dayMs + (hour - seoulHoursAhead + left / (hours[hour] as number)) * 3_600_000
}

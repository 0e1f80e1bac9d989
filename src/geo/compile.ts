import { type CellRange, type CoverOptions, cover } from './cells.ts'
import { Circle } from './circle.ts'
import type { Countries } from './countries.ts'
import { somePlaceIn } from './measure.ts'
import { Prepared } from './prepared.ts'
import type { Region } from './region.ts'
import { regionOf } from './region-of.ts'
import { Union } from './union.ts'
import type { Shape } from './zone.ts'

/**
 * A zone ready for the batch (cover, then `contains` at the border) and for the stream (`bboxes`, then `contains`): the union
 * of its shapes. Expects shapes that passed `checkShapes`.
 */
export class CompiledZone extends Union {
  readonly #parts: readonly Part[]
  readonly #countries: Countries
  #touched: string[] | undefined

  constructor(shapes: readonly Shape[], countries: Countries) {
    const parts = shapes.map((shape) => partOf(shape, countries))
    super(parts.map(({ region }) => region))
    this.#parts = parts
    this.#countries = countries
  }

  /** Cells as merged ascending ranges, perhaps with their distances from the border; see `cover` of cells.ts. */
  cover(options: number | CoverOptions = {}): CellRange[] {
    return cover(this, options)
  }

  /**
   * Alpha-2 codes, in order, of the countries that the zone reaches into: whose unplaced it may concern, and what to compare
   * with the alert's country when lat and lon may be swapped. A zone wholly at sea gives the nearest country within 10 km.
   */
  countriesTouched(): string[] {
    if (!this.#touched) {
      const found = new Set<string>()
      for (const { region, iso2 } of this.#parts) {
        if (iso2 !== undefined) found.add(iso2)
        // Of shapes put together nothing may be left, where their boxes still lie somewhere.
        else if (region instanceof Prepared || region instanceof Circle || somePlaceIn(region)) {
          for (const country of this.#countries.touching(region)) found.add(country)
        }
      }
      if (found.size === 0) {
        for (const { region } of this.#parts) {
          const place = somePlaceIn(region)
          const near = place && this.#countries.countryAt(...place)
          if (near !== undefined) found.add(near)
        }
      }
      this.#touched = [...found].sort()
    }
    return this.#touched
  }
}

interface Part {
  region: Region
  iso2?: string
}

/** Compiles checked shapes: under 10 ms for 10,000 vertices, a country some ms at its first use. */
export function compileShapes(shapes: readonly Shape[], countries: Countries): CompiledZone {
  return new CompiledZone(shapes, countries)
}

function partOf(shape: Shape, countries: Countries): Part {
  const region = regionOf(shape, countries)
  return shape.kind === 'country' ? { region, iso2: shape.iso2 } : { region }
}

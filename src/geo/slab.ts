/** Records of so many 32-bit integers in one array that grows; what was given back is taken again first. */
export class Slab {
  /** The record of an index begins at index x size. A new array after each growth: ask again after `take`. */
  data: Int32Array
  readonly #size: number
  #used = 0
  /** The last that was given back, plus one; each holds the one before it in its first integer. */
  #free = 0

  constructor(size: number) {
    this.#size = size
    this.data = new Int32Array(size * 1024)
  }

  /** The index of a record of zeros. */
  take(): number {
    if (this.#free > 0) {
      const index = this.#free - 1
      const at = index * this.#size
      this.#free = this.data[at] as number
      this.data[at] = 0
      return index
    }
    const index = this.#used++
    if (this.#used * this.#size > this.data.length) {
      const grown = new Int32Array(this.data.length * 2)
      grown.set(this.data)
      this.data = grown
    }
    return index
  }

  give(index: number): void {
    const at = index * this.#size
    this.data.fill(0, at, at + this.#size)
    this.data[at] = this.#free
    this.#free = index + 1
  }
}

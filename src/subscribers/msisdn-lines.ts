/**
 * Which MSISDN was seen on which line: open addressing in two flat arrays, 24 to 48 bytes a number, because a file of
 * millions in a `Map` of strings takes ten times that. E.164 numbers are below 2^53.
 */
export class MsisdnLines {
  #size = 0
  #numbers = new Float64Array(1024)
  #lines = new Float64Array(1024)

  /** The line that it was first seen on, or undefined, and then it is remembered. */
  firstSeen(msisdn: string, line: number): number | undefined {
    const number = Number(msisdn)
    const at = this.#find(number)
    if (this.#numbers[at] === number) return this.#lines[at]
    this.#numbers[at] = number
    this.#lines[at] = line
    this.#size++
    if (this.#size * 2 > this.#numbers.length) this.#grow()
    return undefined
  }

  #find(number: number): number {
    const mask = this.#numbers.length - 1
    let at =
      (Math.imul(number % 4294967296, 0x9e3779b1) ^ Math.imul(Math.floor(number / 4294967296), 0x85ebca6b)) & mask
    at = (at ^ (at >>> 15)) & mask
    while (this.#numbers[at] !== 0 && this.#numbers[at] !== number) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const numbers = this.#numbers
    const lines = this.#lines
    this.#numbers = new Float64Array(numbers.length * 2)
    this.#lines = new Float64Array(numbers.length * 2)
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number
      if (number === 0) continue
      const at = this.#find(number)
      this.#numbers[at] = number
      this.#lines[at] = lines[i] as number
    }
  }
}

/** So many different names are kept, and so much of each: a hostile sender may make up any number. */
const names = 20
const nameLength = 60

/** Fields of notifications that we do not know: counted, and named once for the sender, who may have misspelt one. */
export class IgnoredFields {
  /** Of all notifications together. */
  count = 0
  readonly #names = new Set<string>()

  add(name: string): void {
    this.count++
    if (this.#names.size < names) this.#names.add(name.slice(0, nameLength))
  }

  /** The first 20 different ones, in order of first appearance. */
  get names(): string[] {
    return [...this.#names]
  }
}

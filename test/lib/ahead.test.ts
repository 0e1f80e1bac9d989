import { describe, expect, it } from 'vitest'
import { ahead } from '../../src/lib/ahead.ts'

describe('items fetched ahead', () => {
  it('come in order and all, the next one asked for while one is worked on', async () => {
    const asked: number[] = []
    async function* items() {
      try {
        for (let i = 1; i <= 3; i++) {
          asked.push(i)
          yield i
        }
      } finally {
        asked.push(0)
      }
    }
    const seen: [number, number[]][] = []
    for await (const item of ahead(items())) {
      await new Promise((resolve) => setImmediate(resolve))
      seen.push([item, [...asked]])
    }
    expect(seen).toEqual([
      [1, [1, 2]],
      [2, [1, 2, 3]],
      [3, [1, 2, 3, 0]],
    ])
  })

  it('end when their consumer leaves, and their source with them', async () => {
    let ended = false
    async function* items() {
      try {
        for (let i = 1; ; i++) yield i
      } finally {
        ended = true
      }
    }
    for await (const item of ahead(items())) if (item === 2) break
    expect(ended).toBe(true)
  })

  it('fail where their source fails, after what came before', async () => {
    async function* items() {
      yield 1
      throw new Error('no more')
    }
    const seen: number[] = []
    const all = async () => {
      for await (const item of ahead(items())) seen.push(item)
    }
    await expect(all()).rejects.toThrow('no more')
    expect(seen).toEqual([1])
  })
})

import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { HotCounter } from '../../src/lib/hot-counter.ts'

it('shows what was counted by label, at each scrape all of it', async () => {
  const registry = new Registry()
  const counter = new HotCounter({ registers: [registry], name: 'n_total', help: 'n', labelNames: ['a', 'b'] })
  counter.inc('x', 'p')
  counter.inc('x', 'q')
  counter.inc('x', 'p')
  expect(await registry.metrics()).toContain('n_total{a="x",b="p"} 2\nn_total{a="x",b="q"} 1')
  counter.inc('x', 'p')
  counter.inc('y', 'p')
  const text = await registry.metrics()
  expect(text).toContain('n_total{a="x",b="p"} 3\nn_total{a="x",b="q"} 1\nn_total{a="y",b="p"} 1')
  expect(text.match(/^n_total/gm)).toHaveLength(3)
})

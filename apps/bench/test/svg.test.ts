import { describe, expect, it } from 'vitest'

import { type Bar, barChart } from '../src/svg/bar-chart.ts'
import { page } from '../src/svg/page.ts'

describe('a bar chart', () => {
  it('draws each bar as long as its value', () => {
    const [short, long] = barsOf([bar({ value: 25 }), bar({ value: 100 })])
    expect(long! / short!).toBeCloseTo(4)
  })

  it('leaves room for the largest sample', () => {
    const [half] = barsOf([bar({ value: 50, spread: [40, 100] })])
    const [whole] = barsOf([bar({ value: 100 })])
    expect(whole! / half!).toBeCloseTo(2)
  })

  it('shows a bar of nothing', () => {
    expect(barsOf([bar({ value: 0, spread: [0, 0] })])).toEqual([1])
  })

  it('stands out for ours alone', () => {
    const { content } = chart([bar({ label: 'theirs' }), bar({ label: 'ours', isOurs: true })])
    expect(content.match(/class="bar ours"/g)).toHaveLength(1)
    expect(content).toMatch(/class="label ours">ours</)
  })

  it('escapes what XML would take for its own', () => {
    const { content } = chart([bar({ label: '<a & "b">' })])
    expect(content).toContain('&lt;a &amp; &quot;b&quot;&gt;')
  })
})

describe('a page', () => {
  it('holds its charts below each other', () => {
    const one = chart([bar({})])
    const size = (picture: string) => Number(/ height="(\d+)" role/.exec(picture)?.[1])
    const [single, double] = [page('one', [one]), page('two', [one, one])]
    expect(size(double)).toBeGreaterThanOrEqual(size(single) + one.height)
    expect(double.match(/<g transform="translate\(\d+ \d+\)">/g)).toHaveLength(2)
  })

  it('closes every element that it opens', () => {
    const picture = page('a < b', [chart([bar({}), bar({})])])
    const open: string[] = []
    for (const [, slash, name, end] of picture.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (slash) expect(open.pop()).toBe(name)
      else if (!end) open.push(name!)
    }
    expect(open).toEqual([])
  })
})

function bar(some: Partial<Bar>): Bar {
  const value = some.value ?? 1
  return { label: 'some', value, spread: [value, value], isOurs: false, ...some }
}

function chart(bars: readonly Bar[]): ReturnType<typeof barChart> {
  return barChart({ title: 'title', subtitle: 'ms', groups: [bars] })
}

function barsOf(bars: readonly Bar[]): readonly number[] {
  const widths = chart(bars).content.matchAll(/<rect [^>]*width="([\d.]+)"/g)
  return [...widths].map(([, width]) => Number(width))
}

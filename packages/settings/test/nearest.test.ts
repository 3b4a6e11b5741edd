import { describe, expect, it } from 'vitest'
import { nearest } from '../src/nearest.ts'

const names = ['workers', 'workerClass', 'gracefulTimeout', 'timeout', 'bind', 'pid']

describe('nearest', () => {
  it.each([
    ['worker', 'workers'],
    ['wrker', 'workers'],
    ['worker_class', 'workerClass'],
    ['WORKERCLASS', 'workerClass'],
    ['graceful-timout', 'gracefulTimeout'],
    ['grace', 'gracefulTimeout'],
    ['bnd', 'bind'],
  ])('finds that %s is meant to be %s', (word, meant) => {
    expect(nearest(word, names)).toBe(meant)
  })

  it.each(['', '-', 'x', 'preload', 'daemon'])('does not guess at %j', (word) => {
    expect(nearest(word, names)).toBeUndefined()
  })

  it('does not even compare a word that is no name at that length', () => {
    expect(nearest('workers'.padEnd(1000, 's'), ['workers'.padEnd(1000, 's')])).toBeUndefined()
  })
})

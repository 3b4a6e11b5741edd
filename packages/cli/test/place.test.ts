import { describe, expect, it } from 'vitest'

import { placeWarnings } from '../src/place.ts'

describe('where the arbiter was put', () => {
  it('is warned of when it is process 1, which has to reap orphans and does not', () => {
    expect(placeWarnings(1)).toEqual([expect.stringMatching(/process 1 .* docker run --init/)])
    expect(placeWarnings(2)).toEqual([])
  })
})

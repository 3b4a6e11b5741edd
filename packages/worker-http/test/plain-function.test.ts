import { expect, it } from 'vitest'

import { isPlainFunction } from '../src/index.ts'

it.each([
  ['a function', (): void => {}],
  ['an async function', async (): Promise<void> => {}],
  ['a function of JavaScript before classes', function App(): void {}],
])('%s can be called', (_what, value) => expect(isPlainFunction(value)).toBe(true))

it.each([
  ['a class', class App {}],
  ['a class without a name', class {}],
  ['an object', {}],
  ['nothing', undefined],
])('%s cannot be called', (_what, value) => expect(isPlainFunction(value)).toBe(false))

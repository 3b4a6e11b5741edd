import fc from 'fast-check'

/** How to make a value; the value itself would throw when fast-check looks at it. */
export type Recipe =
  | { readonly type: 'plain'; readonly value: unknown }
  | { readonly type: 'symbol'; readonly description: string }
  | { readonly type: 'revoked-proxy' | 'throwing-proxy' | 'null-prototype' }
  | { readonly type: 'throwing-getter'; readonly name: string }
  | {
      readonly type: 'error'
      readonly members: Readonly<Record<string, Recipe>>
      readonly getter: string | undefined
      readonly cyclic: boolean
      readonly frozen: boolean
      readonly proxied: boolean
    }

/** Anything that code can throw, with a taste for what throws when it is looked at. */
export const recipes: fc.Arbitrary<Recipe> = fc.letrec<{ any: Recipe; error: Recipe }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      type: fc.constant('plain' as const),
      value: fc.oneof(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
        }),
        fc.string({ unit: 'binary' }),
        fc.func(fc.anything()),
      ),
    }),
    fc.record({ type: fc.constant('symbol' as const), description: fc.string() }),
    fc.record({
      type: fc.constantFrom('revoked-proxy', 'throwing-proxy', 'null-prototype'),
    }) as fc.Arbitrary<Recipe>,
    fc.record({
      type: fc.constant('throwing-getter' as const),
      name: fc.constantFrom('toString', 'valueOf', 'then', 'constructor'),
    }),
    tie('error'),
  ),
  error: fc.record({
    type: fc.constant('error' as const),
    members: fc.dictionary(
      fc.constantFrom('message', 'stack', 'name', 'cause', 'code'),
      tie('any'),
    ),
    getter: fc.option(fc.constantFrom('message', 'stack', 'name', 'cause', 'constructor'), {
      nil: undefined,
    }),
    cyclic: fc.boolean(),
    frozen: fc.boolean(),
    proxied: fc.boolean(),
  }),
})).any

/** Makes the value of a recipe. */
export function make(recipe: Recipe): unknown {
  switch (recipe.type) {
    case 'plain':
      return recipe.value
    case 'symbol':
      return Symbol(recipe.description)
    case 'revoked-proxy':
      return revokedProxy()
    case 'throwing-proxy':
      // Every trap of it throws.
      return new Proxy({}, new Proxy({}, { get: () => fail }))
    case 'null-prototype':
      return Object.create(null)
    case 'throwing-getter':
      return Object.defineProperty({}, recipe.name, { get: fail })
    case 'error':
      return makeError(recipe)
  }
}

export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function makeError(recipe: Extract<Recipe, { type: 'error' }>): unknown {
  const error = new Error('of the test')
  for (const [name, member] of Object.entries(recipe.members))
    Object.defineProperty(error, name, { value: make(member), configurable: true })
  if (recipe.cyclic) Object.defineProperty(error, 'cause', { value: error, configurable: true })
  if (recipe.getter !== undefined) Object.defineProperty(error, recipe.getter, { get: fail })
  if (recipe.frozen) Object.freeze(error)
  return recipe.proxied ? new Proxy(error, {}) : error
}

function fail(): never {
  throw new Error('it does not like to be looked at')
}

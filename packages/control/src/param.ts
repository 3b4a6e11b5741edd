/** One parameter of a method. Its type, its check, its schema and its place in `nunicorn ctl` are derived from this. */
export type Param = ParamType & {
  readonly help: string
  /** Need not be given. */
  readonly optional?: true
  /** On the command line an argument, not a flag. */
  readonly positional?: true
}

type ParamType =
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number }
  | { readonly type: 'boolean' }
  /** An absolute path, as the server sees it. */
  | { readonly type: 'path' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }

export type Params = Readonly<Record<string, Param>>

/** The rows that describe an object of these values, each of the right type. */
export type ParamsOf<Values> = {
  readonly [Name in keyof Values]-?: Param &
    TypeOf<NonNullable<Values[Name]>> &
    (undefined extends Values[Name] ? { readonly optional: true } : { readonly optional?: never })
}

type TypeOf<Value> = [Value] extends [boolean]
  ? { readonly type: 'boolean' }
  : [Value] extends [number]
    ? { readonly type: 'integer' }
    : string extends Value
      ? { readonly type: 'path' }
      : { readonly type: 'choice'; readonly choices: readonly Value[] }

/** @returns what is wrong with the value, for a sentence that begins with the parameter's name; undefined if it is fine */
export function faultOf(param: Param, value: unknown): string | undefined {
  switch (param.type) {
    case 'integer': {
      const { minimum, maximum } = param
      return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum
        ? undefined
        : `must be a whole number from ${minimum} to ${maximum}`
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'path':
      return typeof value === 'string' && value.startsWith('/') && !value.includes('\0')
        ? undefined
        : 'must be an absolute path'
    case 'choice':
      return typeof value === 'string' && param.choices.includes(value)
        ? undefined
        : `must be one of ${param.choices.join(', ')}`
  }
}

/** Every fault of the parameters that came with a call, as sentences. */
export function faultsOf(params: Params, given: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(params, name))
  const wrong = Object.entries(params).flatMap(([name, param]) => {
    const value = given[name]
    if (value === undefined) return param.optional ? [] : [`${name} is missing.`]
    const fault = faultOf(param, value)
    return fault === undefined ? [] : [`${name} ${fault}.`]
  })
  return [...wrong, ...unknown.map((name) => `There is no parameter ${JSON.stringify(name)}.`)]
}

/** JSON Schema of a parameter. */
export function schemaOf(param: Param): object {
  switch (param.type) {
    case 'integer':
      return { type: 'integer', minimum: param.minimum, maximum: param.maximum }
    case 'boolean':
      return { type: 'boolean' }
    case 'path':
      return { type: 'string', pattern: '^/' }
    case 'choice':
      return { enum: param.choices }
  }
}

import type { Row } from '../row.ts'
import { showValue } from '../show-value.ts'

/** What a value may be in JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

/** How values of one kind are read and written. */
export interface Kind {
  /** Stands for a value in `--help`; empty for a switch, which takes none. */
  readonly placeholder: (limits: Limits) => string
  /** A kind whose flag may be repeated: what stands between the items in an environment variable. */
  readonly separator?: string
  /** What a text is in a config file: `'4'` is 4. A text that fits nothing stays as it is, for `read` to refuse. */
  readonly fromText?: (text: string) => unknown
  /** Checks a value of a config file and makes it what the product uses. */
  readonly read: (value: unknown, limits: Limits) => Reading
  /** The inverse of `read`, where that changes the value. */
  readonly write?: (value: never) => Json
  /** JSON Schema of a value in a config file. */
  readonly schema: (limits: Limits) => Json
}

/** A value that has been read, or what is wrong with it and how to mend that. */
export type Reading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly mend: string }

/** The columns of a row that bound its values. */
export interface Limits {
  readonly type: Row['type']
  readonly minimum?: number
  readonly word?: string
  readonly choices?: readonly string[]
}

export function accept(value: unknown): Reading {
  return { ok: true, value }
}

export function refuse(value: unknown, expected: string, mend: string): Reading {
  return { ok: false, message: `${showValue(value)} is not ${expected}.`, mend }
}

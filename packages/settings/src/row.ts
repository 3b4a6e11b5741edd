/** The sections of `--help` and of the documentation, in their order; the names are Gunicorn's. */
export type Section =
  | 'Config file'
  | 'Server socket'
  | 'Worker processes'
  | 'Debugging'
  | 'Server mechanics'
  | 'Logging'
  | 'Process naming'
  | 'Control'
  | 'Monitoring'

/** What a reload (HUP) does with a changed value: new workers get it, or only a new arbiter would. */
export type OnReload = 'applied' | 'restart-needed'

/** One setting. Its flag, its environment variable, its types, help, documentation and schema are derived from this. */
export type Row = RowBase & RowType

interface RowBase {
  readonly section: Section
  readonly help: string
  readonly onReload: OnReload
  /** Other flags for it, as Gunicorn has them: `log-file` for `--error-logfile`. */
  readonly aliases?: readonly string[]
  /** One letter: `w` for `-w`. */
  readonly short?: string
  /** As a config file would say it. Without one the setting is `undefined` until it is given. */
  readonly default?: unknown
  /** A setting that must be given. */
  readonly required?: true
  /** Given on the command line as an argument, not as a flag: how that is written. A list is all that follows `--`. */
  readonly positional?: string
  /** `false`: makes no sense in a config file. */
  readonly inFile?: false
  /** Environment variables that others set as well, and what each stands for; `$NAME` is the variable's value. */
  readonly environment?: Readonly<Record<string, string>>
  /** What Gunicorn calls it in its config file where that is far from the name here; found in suggestions. */
  readonly gunicorn?: string
}

/** The kinds of values, with what only that kind needs; each is implemented in `kinds.ts`. */
type RowType =
  | {
      readonly type:
        | 'text'
        | 'path'
        | 'pathOrOff'
        | 'switch'
        | 'address'
        | 'addresses'
        | 'udp-address'
        | 'variables'
        | 'syslog'
        | 'networks'
        | 'header'
        | 'texts'
        | 'accessFormat'
    }
  /** `word` is a value besides the numbers. */
  | { readonly type: 'integer'; readonly minimum: number; readonly word?: string }
  /** `minimum` is in milliseconds of a duration, in bytes of a size, for which 0 is `off` whatever the minimum. */
  | { readonly type: 'duration' | 'size'; readonly minimum: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }

import type { Address, OwnAddress } from '@nunicorn/sockets/address'
import type { SyslogAddress } from './kinds/syslog.ts'
import type { UdpAddress } from './kinds/udp-address.ts'
import type { Origin } from './origin.ts'
import type { SettingName, table } from './table.ts'

/**
 * The settings as the product uses them: checked, complete, durations in milliseconds and sizes in bytes under names that say so.
 * `workers` stays `'auto'`: how many that is, the machine says at the moment of use.
 */
export type NunicornSettings = {
  readonly [Name in SettingName as ResolvedName<Name>]: Value<Table[Name]> | Absent<Table[Name]>
}

/** What a config file may contain: any of the settings, durations as seconds or as texts such as `'500ms'`, sizes as `'512mb'`. */
export type NunicornConfig = {
  readonly [Name in SettingName as FileName<Name>]?: WrittenValue<Table[Name]> | undefined
}

/** For each setting, where its value comes from. */
export type Origins = Readonly<Record<SettingName, Origin>>

type Table = typeof table

type ResolvedName<Name extends SettingName> = Table[Name] extends { type: 'duration' }
  ? `${Name}Ms`
  : Table[Name] extends { type: 'size' }
    ? `${Name}Bytes`
    : Name

type FileName<Name extends SettingName> = Table[Name] extends { inFile: false } ? never : Name

/** A setting that nobody gave and that has no default. */
type Absent<Row> = Row extends { default: unknown } | { required: true } ? never : undefined

/** By `type`: what a value of this kind is once it is read. */
interface Values {
  text: string
  path: string
  pathOrOff: string | false
  integer: number
  duration: number
  size: number
  switch: boolean
  choice: never
  address: OwnAddress
  addresses: readonly Address[]
  'udp-address': UdpAddress
  variables: Readonly<Record<string, string>>
  syslog: SyslogAddress
  networks: readonly string[]
  header: string
  texts: readonly string[]
  accessFormat: string
}

/** By `type`: what may be written for it in a config file, where that is something else. */
interface WrittenValues extends Omit<
  Values,
  | 'duration'
  | 'size'
  | 'address'
  | 'addresses'
  | 'udp-address'
  | 'variables'
  | 'syslog'
  | 'networks'
> {
  duration: number | string
  size: number | string
  address: string
  addresses: string | readonly string[]
  'udp-address': string
  variables: Readonly<Record<string, string>> | readonly string[]
  syslog: string
  networks: string | readonly string[]
}

type Value<Row> = Row extends { type: infer Type extends keyof Values }
  ? Values[Type] | Word<Row>
  : never

type WrittenValue<Row> = Row extends { type: infer Type extends keyof Values }
  ? WrittenValues[Type] | Word<Row>
  : never

/** The literals that a row adds to its kind: the choices of a choice, the word of an integer. */
type Word<Row> =
  | (Row extends { choices: readonly (infer Choice)[] } ? Choice : never)
  | (Row extends { word: infer Literal } ? Literal : never)

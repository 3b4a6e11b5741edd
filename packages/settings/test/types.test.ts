import type { Address, OwnAddress } from '@nunicorn/sockets/address'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { defineConfig, type NunicornConfig, type NunicornSettings } from '../src/index.ts'
import type { SyslogAddress } from '../src/kinds/syslog.ts'
import type { Row } from '../src/row.ts'
import type { table } from '../src/table.ts'

describe('NunicornSettings', () => {
  it('has the exact type of every setting', () => {
    expectTypeOf<NunicornSettings>().toEqualTypeOf<{
      readonly app: string
      readonly appArguments: readonly string[]
      readonly config: string | undefined
      readonly bind: readonly Address[]
      readonly backlog: number
      readonly balance: 'slots' | 'shared'
      readonly rebalance: boolean
      readonly workers: number | 'auto'
      readonly workerClass: string
      readonly timeoutMs: number
      readonly gracefulTimeoutMs: number
      readonly drainDelayMs: number
      readonly bootTimeoutMs: number
      readonly probe: string | undefined
      readonly keepAliveMs: number
      readonly headerTimeoutMs: number
      readonly bodyTimeoutMs: number
      readonly writeTimeoutMs: number
      readonly requestTimeoutMs: number
      readonly workerConnections: number
      readonly maxRequests: number
      readonly maxRequestsJitter: number
      readonly maxMemoryBytes: number
      readonly maxMemoryHardBytes: number
      readonly soakMs: number
      readonly checkConfig: boolean
      readonly printConfig: boolean
      readonly chdir: string | undefined
      readonly env: Readonly<Record<string, string>>
      readonly pid: string | undefined
      readonly logLevel: 'debug' | 'info' | 'warning' | 'error' | 'critical'
      readonly accessLogfile: string | undefined
      readonly accessLogformat: string
      readonly requestIdHeader: string
      readonly forwardedAllowIps: readonly string[]
      readonly logFormat: 'auto' | 'pretty' | 'json'
      readonly errorLogfile: string
      readonly captureOutput: boolean
      readonly logSyslog: boolean
      readonly logSyslogTo: SyslogAddress
      readonly logSyslogPrefix: string | undefined
      readonly logSyslogFacility: (typeof table)['logSyslogFacility']['choices'][number]
      readonly reportDir: string | undefined
      readonly name: string | undefined
      readonly controlSocket: string | false | undefined
      readonly admin: OwnAddress | undefined
      readonly statsdHost: { readonly host: string; readonly port: number } | undefined
      readonly statsdPrefix: string | undefined
      readonly dogstatsdTags: string | undefined
      readonly enableBacklogMetric: boolean
    }>()
  })
})

describe('NunicornConfig', () => {
  it('has the exact type of what may be written', () => {
    expectTypeOf<NunicornConfig['timeout']>().toEqualTypeOf<number | string | undefined>()
    expectTypeOf<NunicornConfig['maxMemory']>().toEqualTypeOf<number | string | undefined>()
    expectTypeOf<NunicornConfig['workers']>().toEqualTypeOf<number | 'auto' | undefined>()
    expectTypeOf<NunicornConfig['bind']>().toEqualTypeOf<string | readonly string[] | undefined>()
    expectTypeOf<NunicornConfig['balance']>().toEqualTypeOf<'slots' | 'shared' | undefined>()
    expectTypeOf<NunicornConfig>().not.toHaveProperty('config')
    expectTypeOf<NunicornConfig>().not.toHaveProperty('timeoutMs')
  })

  it('is what defineConfig takes and gives back', () => {
    const config = { workers: 4, timeout: '2m' } as const
    expect(defineConfig(config)).toBe(config)
    // @ts-expect-error: there is no such setting
    defineConfig({ worker: 4 })
    // @ts-expect-error: a number is not a text
    defineConfig({ workers: '4' })
  })
})

describe('the table', () => {
  it('has no column that no row knows', () => {
    type Columns<AnyRow> = AnyRow extends unknown ? keyof AnyRow : never
    expectTypeOf<Columns<(typeof table)[keyof typeof table]>>().toExtend<Columns<Row>>()
  })
})

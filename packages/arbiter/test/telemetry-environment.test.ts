import { describe, expect, it } from 'vitest'

import { telemetryEnvironment } from '../src/telemetry-environment.ts'

const instance = ['web,1=a', 10, 2, 7]

describe("a worker's attributes for OpenTelemetry", () => {
  it('tell its process and its slot, in letters that mean nothing there', () => {
    expect(telemetryEnvironment({ instance, number: 2 })).toEqual({
      OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=web%2C1%3Da.10.2.7,nunicorn.worker=2',
    })
  })

  it('come behind what the user gives, which wins', () => {
    const attributes = (given: string): string =>
      telemetryEnvironment({ given, instance: ['a'], number: 1 }).OTEL_RESOURCE_ATTRIBUTES
    expect(attributes('team=shop')).toBe('team=shop,service.instance.id=a,nunicorn.worker=1')
    expect(attributes(' service.instance.id=mine ,x=1,')).toBe(
      ' service.instance.id=mine ,x=1,nunicorn.worker=1',
    )
    expect(attributes('service.instance.id=m,nunicorn.worker=x')).toBe(
      'service.instance.id=m,nunicorn.worker=x',
    )
  })
})

import type { Plan } from './plan.ts'

const text = { type: 'string' }
const count = { type: 'integer', minimum: 1 }
const enabled = object({ enabled: { type: 'boolean' } })

/** What helm checks values against; unknown ones are mistakes. */
export function valuesSchemaFor({ front }: Plan): Readonly<Record<string, unknown>> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...object({ ...values, ...(front && frontValues) }),
  }
}

const frontValues = {
  nginx: object({
    image: object({ repository: { ...text, minLength: 1 }, tag: { ...text, minLength: 1 } }),
    resources: { type: 'object' },
  }),
}

const values = {
  image: object({
    repository: { ...text, minLength: 1 },
    tag: { ...text, minLength: 1 },
    pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
  }),
  replicas: count,
  autoscaling: object({ enabled: { type: 'boolean' }, maxReplicas: count, targetCpu: count }),
  workers: { anyOf: [count, { const: 'auto' }] },
  // Without a delay each rollout would refuse connections.
  drainDelaySeconds: count,
  gracefulTimeoutSeconds: { type: 'integer', minimum: 0 },
  startSeconds: count,
  env: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
  resources: { type: 'object' },
  service: object({ port: { type: 'integer', minimum: 1, maximum: 65_535 } }),
  podDisruptionBudget: enabled,
  serviceMonitor: enabled,
}

function object(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}

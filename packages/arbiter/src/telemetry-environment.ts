/**
 * What lets OpenTelemetry tell the workers of one service apart: two instances with one `service.instance.id` would send
 * the same series with different numbers. It is another one for each process, because an old worker and its replacement run
 * side by side for a while. What the user says of it stays as it is.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/resource/#service
 */
export function telemetryEnvironment({
  given = '',
  instance,
  number,
}: {
  /** `OTEL_RESOURCE_ATTRIBUTES`, as the workers would have it. */
  readonly given?: string | undefined
  readonly instance: readonly (string | number)[]
  /** The worker's slot. */
  readonly number: number
}): Readonly<Record<'OTEL_RESOURCE_ATTRIBUTES', string>> {
  const pairs = given.split(',').filter((pair) => pair.trim() !== '')
  const named = new Set(pairs.map((pair) => pair.split('=')[0]?.trim()))
  const ours = {
    'service.instance.id': instance.map((part) => encodeURIComponent(part)).join('.'),
    'nunicorn.worker': String(number),
  }
  const added = Object.entries(ours).filter(([name]) => !named.has(name))
  return {
    OTEL_RESOURCE_ATTRIBUTES: [...pairs, ...added.map((pair) => pair.join('='))].join(','),
  }
}

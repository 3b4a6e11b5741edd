import { fastify } from 'fastify'
import { fastify as lowest } from 'fastify5-lowest'

/** What each test runs with: the newest Fastify 5 and the first, made and typed alike. */
export const versions: readonly { readonly version: string; readonly create: typeof fastify }[] = [
  { version: '5.0.0', create: lowest as unknown as typeof fastify },
  { version: '5.x', create: fastify },
]

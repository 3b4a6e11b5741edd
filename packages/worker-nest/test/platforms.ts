import {
  type INestApplication,
  Module,
  type ModuleMetadata,
  type NestApplicationOptions,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { WsAdapter } from '@nestjs/platform-ws'

import { decorateClass } from './decorate.ts'

/** A platform that Nest runs on. */
export interface Platform {
  readonly platform: string
  readonly adapter: () => ExpressAdapter | FastifyAdapter
}

export const platforms: readonly Platform[] = [
  { platform: 'Express', adapter: () => new ExpressAdapter() },
  { platform: 'Fastify', adapter: createFastifyAdapter },
]

/** A quiet application of one module, whose WebSockets are those of the ws package. */
export async function create(
  { adapter }: Platform,
  { module = {}, ...options }: NestApplicationOptions & { readonly module?: ModuleMetadata } = {},
): Promise<INestApplication> {
  class AppModule {}
  decorateClass(AppModule, Module(module))
  const app = await NestFactory.create(AppModule, adapter(), { logger: false, ...options })
  return app.useWebSocketAdapter(new WsAdapter(app))
}

/** Passes bodies of all types on; by itself Fastify refuses those that it does not know. */
function createFastifyAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter()
  adapter.getInstance().addContentTypeParser('*', (_request, _body, done) => done(null))
  return adapter
}

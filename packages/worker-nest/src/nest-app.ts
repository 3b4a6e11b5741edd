import { NunicornError } from '@nunicorn/contract'
import type { INestApplication } from '@nestjs/common'

/** What `-k nest` runs: an application on any platform, or the function that makes it. */
export type NestApp = INestApplication | (() => INestApplication | Promise<INestApplication>)

export async function toApplication(app: NestApp): Promise<INestApplication> {
  const application = typeof app === 'function' ? await app() : app
  if (isApplication(application)) return application
  throw new NunicornError({
    code: 'no-app',
    message: 'The function that was to make a Nest application has returned something else.',
    hint: 'Return what NestFactory.create() resolves with.',
  })
}

/** Whether `app` is an application that serves HTTP, of whichever copy of Nest; microservices and bare contexts are not. */
export function isApplication(app: unknown): app is INestApplication {
  if (typeof app !== 'object' || app === null) return false
  const { getHttpAdapter, getHttpServer, init, close } = app as Partial<INestApplication>
  return [getHttpAdapter, getHttpServer, init, close].every(
    (member) => typeof member === 'function',
  )
}

import { Body, Controller, Get, HttpCode, type MessageEvent, Post, Sse } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { map, type Observable, timer } from 'rxjs'

class AppController {
  /** Which worker answered. */
  which(): object {
    return { worker: Number(process.env['NUNICORN_WORKER']), pid: process.pid }
  }

  /** The sum of a list of numbers. */
  sum(numbers: readonly number[]): object {
    return { sum: numbers.reduce((sum, number) => sum + number, 0) }
  }

  /** The time, every second, until the client leaves. */
  time(): Observable<MessageEvent> {
    return timer(0, 1_000).pipe(map(() => ({ data: new Date().toISOString() })))
  }

  onApplicationShutdown(): void {
    console.log('The last answer is out: closing the database')
  }
}

// What `@Controller()` and `@Get()` do, as calls: see the README.
Controller()(AppController)
decorate('which', Get())
decorate('sum', Post('sum'), HttpCode(200))
Body()(AppController.prototype, 'sum', 0)
decorate('time', Sse('time'))

function decorate(name: keyof AppController, ...decorators: readonly MethodDecorator[]): void {
  const method = Object.getOwnPropertyDescriptor(AppController.prototype, name)!
  for (const decorator of decorators) decorator(AppController.prototype, name, method)
}

export default await NestFactory.create({ controllers: [AppController] })

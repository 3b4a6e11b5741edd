import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'

import { Controller, Get, HttpCode, Post, Query, Req, Res, StreamableFile } from '@nestjs/common'
import { WebSocketGateway } from '@nestjs/websockets'
import type { WebSocket } from 'ws'

import { decorateClass, decorateMethod } from './decorate.ts'

/** What the conformance suite asks for. */
export class ConformanceController {
  ok(): string {
    return 'ok'
  }

  async slow(ms: string): Promise<string> {
    await setTimeout(Number(ms))
    return 'ok'
  }

  echo(request: IncomingMessage & { readonly raw?: IncomingMessage }): StreamableFile {
    return new StreamableFile(request.raw ?? request)
  }

  empty(status: string, response: { status(code: number): unknown }): void {
    response.status(Number(status))
  }

  throw(): never {
    throw new Error('thrown on purpose')
  }
}

decorateClass(ConformanceController, Controller())
decorateMethod(ConformanceController, 'ok', [Get('ok')])
decorateMethod(ConformanceController, 'slow', [Get('slow')], [Query('ms')])
decorateMethod(ConformanceController, 'echo', [Post('echo'), HttpCode(200)], [Req()])
decorateMethod(
  ConformanceController,
  'empty',
  [Get('empty')],
  [Query('status'), Res({ passthrough: true })],
)
decorateMethod(ConformanceController, 'throw', [Get('throw')])

export class EchoGateway {
  handleConnection(socket: WebSocket): void {
    socket.on('message', (message: Buffer) => socket.send(message.toString()))
  }
}

decorateClass(EchoGateway, WebSocketGateway({ path: '/ws' }))

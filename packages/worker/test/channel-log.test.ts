import type { WorkerMessage } from '@nunicorn/contract'
import { expect, it } from 'vitest'

import { type ChannelLog, channelLog } from '../src/channel-log.ts'

interface Scene extends ChannelLog {
  readonly sent: readonly WorkerMessage[]
  readonly alone: readonly string[]
  /** The arbiter takes all that waits. */
  take(): void
  close(): void
}

function setUp({ busy = false } = {}): Scene {
  const sent: WorkerMessage[] = []
  const alone: string[] = []
  const waiting: (() => void)[] = []
  let close = (): void => {}
  const log = channelLog({
    channel: {
      async send(message) {
        // As the channel does.
        sent.push(JSON.parse(JSON.stringify(message)) as WorkerMessage)
        if (busy) await new Promise<void>((resolve) => waiting.push(resolve))
      },
      onClose: (listener) => void (close = listener),
    },
    pid: 77,
    writeAlone: (line) => alone.push(line),
  })
  const take = (): void => waiting.splice(0).forEach((resolve) => resolve())
  return { ...log, sent, alone, take, close: () => close() }
}

it('sends what is important enough to the arbiter', () => {
  const { logger, sent } = setUp()
  logger.debug('not sent')
  logger.info('sent', { a: 1 })
  logger.level = 'error'
  logger.warning('not sent either')
  logger.critical('without fields')
  expect(sent).toEqual([
    { type: 'log', level: 'info', message: 'sent', fields: { a: 1 } },
    { type: 'log', level: 'critical', message: 'without fields' },
  ])
})

it('sends errors with what they say, and at least the message of what cannot be sent', async () => {
  const { logger, sent, flush } = setUp()
  logger.info('failed', { error: new RangeError('too far') })
  const itself: Record<string, unknown> = {}
  itself['itself'] = itself
  logger.info('circular', { itself })
  logger.info('big', { n: 10n })
  await flush()
  expect(sent).toMatchObject([
    { message: 'failed', fields: { error: { message: 'too far' } } },
    { message: 'circular' },
    { message: 'big' },
  ])
})

it('writes plain lines once the arbiter is gone', () => {
  const { logger, sent, alone, close } = setUp()
  close()
  logger.warning('alone', { a: 1 })
  expect(sent).toEqual([])
  expect(alone).toEqual([expect.stringMatching(/^\[.+\] \[77\] \[WARNING\] alone\n$/)])
})

it('keeps a bounded number of entries for an arbiter that takes none, and says how many it dropped', async () => {
  const { logger, sent, take, flush } = setUp({ busy: true })
  for (let count = 0; count < 1_500; count += 1) logger.info(`${count}`)
  expect(sent).toHaveLength(1_000)
  take()
  await flush()
  expect(sent.at(-1)).toMatchObject({
    level: 'warning',
    message: 'The arbiter took no more: 500 log entries of this worker were lost',
  })
})

it('waits in its flush for what has not left yet', async () => {
  const { logger, take, flush } = setUp({ busy: true })
  let flushed = false
  logger.info('last words')
  const done = flush().then(() => (flushed = true))
  await Promise.resolve()
  expect(flushed).toBe(false)
  take()
  await done
})

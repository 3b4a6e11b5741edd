import { type BootOrder, type Logger, NunicornError, reportError } from '@nunicorn/contract'
import type { OpenAccessLog } from '@nunicorn/logger/access'

/**
 * Opens the access log that is asked for. Without one nothing of it is loaded.
 *
 * @throws NunicornError `cannot-open-log`
 */
export async function accessLogFor(
  { accessLog: order, number }: BootOrder,
  log: Logger,
): Promise<OpenAccessLog | undefined> {
  if (order === undefined) return undefined
  const { openAccessLog } = await import('@nunicorn/logger/access')
  try {
    return openAccessLog({ ...order, worker: number, log })
  } catch (error) {
    throw new NunicornError({
      code: 'cannot-open-log',
      message: `The access log ${order.file} cannot be opened: ${reportError(error).message}`,
      hint: 'Give a file that the workers may write to (--access-logfile), or - for stdout.',
    })
  }
}

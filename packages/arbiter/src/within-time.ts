import { NunicornError } from '@nunicorn/contract'

const longestMs = 30_000

/**
 * Bounds the reading of the settings: a config file that never finishes must not stand in the way of every later reload.
 * @throws NunicornError `bad-settings` after 30 s.
 */
export async function withinTime<T>(reading: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(endless()), longestMs)
  try {
    return await Promise.race([reading, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

function endless(): NunicornError {
  return new NunicornError({
    code: 'bad-settings',
    message: `The settings could not be read within ${longestMs / 1_000} s.`,
    hint: 'Look for something in the config file that never ends.',
  })
}

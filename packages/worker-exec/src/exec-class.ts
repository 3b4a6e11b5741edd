import { NunicornError, type ProgramClass, type Readiness } from '@nunicorn/contract'

import { findExecutable } from './find-executable.ts'
import { splitWords } from './split-words.ts'

/** `-k exec`: APP is a program and its arguments, which serves a listening descriptor that it inherits. */
export const execClass: ProgramClass = {
  contract: 1,
  name: 'exec',
  takes: 'a program and its arguments, with {fd} for the descriptor of the listening socket',
  program({ app, appArguments, directory, env, settings }) {
    const [file = '', ...words] = splitWords(app)
    return {
      name: 'exec',
      command: [findExecutable(file, { directory, env }), ...words, ...appArguments],
      readiness: readinessOf(settings.probe),
    }
  },
}

function readinessOf(probe = 'connect'): Readiness {
  if (probe === 'connect' || probe === 'notify') return probe
  if (/^\/[\x21-\x7e]*$/.test(probe)) return probe as `/${string}`
  throw new NunicornError({
    code: 'bad-settings',
    message: `The probe ${JSON.stringify(probe)} cannot be understood.`,
    hint: 'Write connect, notify, or the path of a GET that the program answers, such as /health.',
  })
}

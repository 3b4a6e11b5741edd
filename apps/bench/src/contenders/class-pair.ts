import { fileURLToPath } from 'node:url'

import { type Entrant, entrant } from '../contender.ts'
import { serveWith } from './nunicorn.ts'

/** A worker class, and the same app on the framework's own listen(), in one process. */
export interface ClassPair {
  readonly name: string
  readonly bare: Entrant
  readonly ours: Entrant
}

/** `app` is what the class takes, `bare` a program that listens on the port that is its argument. Both in servers/. */
export function classPair(
  name: string,
  { app, bare }: { readonly app: string; readonly bare: string },
): ClassPair {
  const program = pathOf(bare)
  return {
    name,
    bare: entrant(
      {
        name: `bare ${name}`,
        single: true,
        supervisor: 'none',
        language: 'JavaScript',
        launch: ({ port }) => ({ command: [process.execPath, program, String(port)] }),
      },
      1,
    ),
    ours: entrant(
      serveWith({ name: `nunicorn -k ${name}`, app: pathOf(app), options: [`-k=${name}`] }),
      1,
    ),
  }
}

function pathOf(server: string): string {
  return fileURLToPath(import.meta.resolve(`../servers/${server}`))
}

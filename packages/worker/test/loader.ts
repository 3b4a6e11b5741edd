import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type LoaderRequest =
  | {
      readonly type: 'app'
      readonly app: string
      readonly directory: string
      readonly acceptsFunctions: boolean
    }
  | {
      readonly type: 'class'
      readonly name: string
      readonly directory: string
      readonly command: string
    }
  | {
      readonly type: 'choice'
      readonly app: string
      readonly directory: string
      readonly command: string
    }

/** What came of it: what the app says when it is called, or the error. */
export interface Outcome {
  readonly value?: string
  readonly code?: string | undefined
  readonly message?: string
  readonly hint?: string | undefined
  /** Of the cause. */
  readonly stack?: string | undefined
}

/** The process of fixtures/loader.ts. */
export interface Loader extends AsyncDisposable {
  /** Takes functions for apps, unless `acceptsFunctions` is false: then nothing can tell an app. */
  loadApp(
    app: string,
    from: { readonly directory: string; readonly acceptsFunctions?: boolean },
  ): Promise<Outcome>
  resolveClass(
    name: string,
    from: { readonly directory: string; readonly command: string },
  ): Promise<Outcome>
  /** What `-k auto` says of an app: `http: the app is ...`. */
  chooseClass(
    app: string,
    from: { readonly directory: string; readonly command: string },
  ): Promise<Outcome>
}

const file = fileURLToPath(new URL('fixtures/loader.ts', import.meta.url))

export function startLoader(): Loader {
  // pnpm's own NODE_PATH lets every package find every other one.
  const { NODE_PATH: _, ...env } = process.env
  const child = fork(file, { execArgv: ['--conditions=@nunicorn/source'], env })
  const exited = once(child, 'exit')

  async function ask(request: LoaderRequest): Promise<Outcome> {
    child.send(request)
    const [answer] = (await Promise.race([once(child, 'message'), exited])) as [Outcome]
    return answer
  }

  return {
    loadApp: (app, { directory, acceptsFunctions = true }) =>
      ask({ type: 'app', app, directory, acceptsFunctions }),
    resolveClass: (name, from) => ask({ type: 'class', name, ...from }),
    chooseClass: (app, from) => ask({ type: 'choice', app, ...from }),
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}

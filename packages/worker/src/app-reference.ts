import { NunicornError } from '@nunicorn/contract'

/** APP, taken apart: `path`, `path:export` or `path:factory()`. */
export interface AppReference {
  readonly path: string
  readonly exportName: string | undefined
  /** The export is a function to be called without arguments, whose result is the app. */
  readonly isFactory: boolean
}

const pattern =
  /^(?<path>.+?)(?::(?<exportName>[\p{ID_Start}$_][\p{ID_Continue}$]*)(?<call>\(\))?)?$/u

/** @throws NunicornError `bad-app` if the text is not of one of the three forms. */
export function parseAppReference(text: string): AppReference {
  const { path, exportName, call } = pattern.exec(text)?.groups ?? {}
  if (path === undefined || (path.endsWith(')') && path.includes('('))) {
    throw new NunicornError({
      code: 'bad-app',
      message: `APP ${JSON.stringify(text)} cannot be understood.`,
      hint: 'Write it as path, path:export or path:factory(), for example app.ts or app.ts:server.',
    })
  }
  return { path, exportName, isFactory: call !== undefined }
}

import { appSource } from './app.ts'

/** Ways in which a deploy goes wrong, and what the log says then. */
export const brokenCode: Readonly<
  Record<string, { readonly source: string; readonly says: RegExp }>
> = {
  'a syntax error': { source: 'export default (', says: /has a syntax error/ },
  'code that throws': {
    source: 'throw new Error("on purpose")',
    says: /failed while it was imported/,
  },
  'an app that is never ready': {
    source: 'await new Promise(() => {})',
    says: /was not ready within boot-timeout/,
  },
  'an app that dies 1 s after it was ready': {
    source: appSource({ version: 'bad', boot: 'setTimeout(() => process.exit(9), 1000)' }),
    says: /exited by itself with code 9/,
  },
}

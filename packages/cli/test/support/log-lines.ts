/** A line of the log in JSON. */
export interface LogLine {
  readonly level: string
  readonly time: string
  readonly pid: number
  readonly msg: string
  readonly worker?: { readonly number: number; readonly pid: number; readonly generation: number }
  readonly stream?: 'stdout' | 'stderr'
  readonly [field: string]: unknown
}

/** @throws if one of them is no line of the log. */
export function logLines(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine)
}

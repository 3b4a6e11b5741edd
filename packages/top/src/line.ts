/** How a piece of text is meant: what colour that is, and whether it is one, is the terminal's affair. */
export type Tone = 'good' | 'warning' | 'bad' | 'soft' | 'accent'

export interface Span {
  readonly text: string
  readonly tone?: Tone | undefined
  readonly bold?: boolean
}

/** One line of the screen. */
export interface Line {
  readonly spans: readonly Span[]
  /** It is the one that the keys act on. */
  readonly selected?: boolean
}

export function line(...spans: readonly (Span | string)[]): Line {
  return {
    spans: spans.map((span) =>
      typeof span === 'string' ? { text: plain(span) } : { ...span, text: plain(span.text) },
    ),
  }
}

/** Without the tones. */
export function lineText({ spans }: Line): string {
  return spans
    .map(({ text }) => text)
    .join('')
    .trimEnd()
}

/** What an app throws or is called may hold anything: nothing of it may steer the terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

import { NunicornError } from '@nunicorn/contract'

/**
 * Takes a command line apart as a POSIX shell does (quotes, backslashes), and does nothing else that a shell would: no
 * variables, no patterns, no pipes.
 *
 * @throws NunicornError `bad-app` for an open quote, no words, and what only a shell could do
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = []
  let rest = text.trimStart()
  while (rest !== '') {
    const { word, bare, length } = readWord(rest, text)
    if (bare && forShells.test(word)) throw needsShell(word)
    words.push(word)
    rest = rest.slice(length).trimStart()
  }
  if (words.length === 0) throw noProgram()
  return words
}

/** A piece of a word: in single quotes, in double quotes, after a backslash, or as it is. */
const piece =
  /^(?:'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>[^])|(?<plain>[^\s'"\\]+))/s
/** Without quotes they would mean something to a shell, so somebody expects them to. */
const forShells = /^(?:\||\|\||&&?|;|\d*[<>].*)$|^\$[\w{(]/

interface Word {
  readonly word: string
  /** Nothing in it was quoted. */
  readonly bare: boolean
  readonly length: number
}

function readWord(rest: string, text: string): Word {
  let word = ''
  let length = 0
  let bare = true
  while (length < rest.length && !/\s/.test(rest.charAt(length))) {
    const found = piece.exec(rest.slice(length))
    if (found === null) throw openQuote(text)
    const { single, double, escaped, plain } = found.groups ?? {}
    word += plain ?? escaped ?? single ?? unescape(double ?? '')
    bare &&= plain !== undefined
    length += found[0].length
  }
  return { word, bare, length }
}

/** In double quotes a backslash means something only before these (POSIX 2.2.3). */
function unescape(quoted: string): string {
  return quoted.replaceAll(/\\(["\\$`\n])/g, '$1')
}

function openQuote(text: string): NunicornError {
  return new NunicornError({
    code: 'bad-app',
    message: `A quote in ${JSON.stringify(text)} is not closed, or nothing follows its last backslash.`,
    hint: `Close it; a quote that is meant as such is written \\' or \\".`,
  })
}

function noProgram(): NunicornError {
  return new NunicornError({
    code: 'bad-app',
    message: 'APP names no program.',
    hint: 'Write the program and its arguments in quotes: "./server --fd {fd}".',
  })
}

function needsShell(word: string): NunicornError {
  return new NunicornError({
    code: 'bad-app',
    message: `No shell reads the command, so ${JSON.stringify(word)} would be an argument of the program.`,
    hint: `If that is meant, quote it; if a shell is to read it, name one: sh -c '...'.`,
  })
}

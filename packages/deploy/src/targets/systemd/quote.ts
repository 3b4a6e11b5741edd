/** A word of a command line in a unit (systemd.service(5)): quoted, no specifier (%) and no variable ($) in it. */
export function quoteArgument(text: string): string {
  return quote(text.replaceAll('$', '$$$$'))
}

/** `Environment=` takes quoted assignments; variables are not expanded in it. */
export function quoteAssignment(name: string, value: string): string {
  return quote(`${name}=${value}`)
}

function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return /^[\w./:=@,+%-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/** A path as the value of a whole line: only specifiers have to be kept from being one. */
export function plainPath(path: string): string {
  return path.replaceAll('%', '%%')
}

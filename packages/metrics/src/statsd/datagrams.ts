/** What fits into a packet on any Ethernet, as the documentation of StatsD advises. */
const longestBytes = 1_432

/** Packs lines into as few datagrams as they fit into. */
export function packLines(lines: readonly string[]): readonly string[] {
  const datagrams: string[] = []
  let open = ''
  for (const line of lines) {
    const longer = open === '' ? line : `${open}\n${line}`
    if (open !== '' && Buffer.byteLength(longer) > longestBytes) {
      datagrams.push(open)
      open = line
    } else open = longer
  }
  return open === '' ? datagrams : [...datagrams, open]
}

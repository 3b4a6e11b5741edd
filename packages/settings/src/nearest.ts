/**
 * The candidate that `word` was most likely meant to be, if any is close. Case, `-` and `_` do not count, so that
 * `worker_class` finds `workerClass`.
 */
export function nearest<Candidate extends string>(
  word: string,
  candidates: readonly Candidate[],
): Candidate | undefined {
  const wanted = plain(word)
  if (wanted === '' || wanted.length > longestWord) return undefined
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  // A third of the letters wrong is a typing error; more is another word.
  if (best !== undefined && best.distance <= Math.max(wanted.length, best.candidate.length) / 3)
    return best.candidate
  return candidates.find((candidate) => plain(candidate).startsWith(wanted))
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '')
}

/** Words come from strangers, and the time to compare them grows with their length. */
const longestWord = 64

/** Levenshtein, keeping one row of the matrix. */
function editDistance(a: string, b: string): number {
  const right = Array.from(b)
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [i, letter] of Array.from(a).entries()) {
    const row = [i + 1]
    for (const [j, other] of right.entries()) {
      const replaced = previous[j]! + (letter === other ? 0 : 1)
      row.push(Math.min(replaced, previous[j + 1]! + 1, row[j]! + 1))
    }
    previous = row
  }
  return previous[right.length]!
}

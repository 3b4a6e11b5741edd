const colours = 8

/** The same worker has the same colour everywhere, for as long as it lives; after eight they begin anew. */
export function seriesClass(number: number): string {
  return `series-${((((number - 1) % colours) + colours) % colours) + 1}`
}

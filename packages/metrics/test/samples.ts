/** The samples of a page, by name and labels as they are written. */
export function samplesOf(page: string): ReadonlyMap<string, number> {
  return new Map(
    page
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ')
        return [line.slice(0, end), Number(line.slice(end + 1).replace('Nan', 'NaN'))]
      }),
  )
}

import { spawnSync } from 'node:child_process'

/** What Debian's `promtool check metrics` complains of; undefined where it is not installed. */
export function promtoolComplaints(page: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  })
  if (error) return undefined
  const said = `${stdout}${stderr}`
  return status === 0 ? said : said || `exit code ${status}`
}

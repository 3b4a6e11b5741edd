/**
 * Exit codes of the arbiter and of its workers: Gunicorn's, so that unit files and scripts written for it keep their
 * meaning. A stop that a second signal forced ends with 128 + that signal's number, as a shell would report it.
 */
export const ExitCode: {
  readonly ok: 0
  readonly failure: 1
  readonly usage: 2
  readonly bootError: 3
  readonly appLoadError: 4
} = {
  /** Stopped as asked. */
  ok: 0,
  /** Bad settings, an address that cannot be bound, a live pid file. */
  failure: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** The app threw, died or hung while it booted, before any worker was ever ready. */
  bootError: 3,
  /** The app named on the command line is not there, or is not an app. */
  appLoadError: 4,
}

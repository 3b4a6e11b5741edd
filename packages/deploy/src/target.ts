import type { Problem, Resolved } from '@nunicorn/settings'

/**
 * Something that a nunicorn is put into or behind. A target is one file in `targets/` and one line in `targets.ts`; it is
 * pure, so that the same settings and the same place always give the same files.
 */
export interface Target {
  /** What stands after `nunicorn deploy`: one word. */
  readonly name: string
  /** What it writes, in a line. */
  readonly summary: string
  /** Flags of its own; none may be called like a setting. */
  readonly options: readonly TargetOption[]
  /** What is wrong with these settings at this place, all of it; each of them is right by itself. */
  contradictions(resolved: Resolved, place: Place): readonly Problem[]
  /**
   * The files. MUST say in each which settings it was derived from ({@link provenance}). Is only called if nothing
   * contradicts anything.
   */
  render(resolved: Resolved, place: Place): readonly DeployFile[]
}

/** A flag that only a target knows: `--stop-timeout TIME`. */
export interface TargetOption {
  /** Without dashes: `stop-timeout`. */
  readonly name: string
  readonly placeholder: string
  readonly help: string
  /** Looks for it on this machine where it is not given. */
  readonly find?: () => string | undefined
}

/** Where the app is and what runs it; all paths are absolute. */
export interface Place {
  /** Where the command is to be started. */
  readonly directory: string
  /** The Node binary. */
  readonly node: string
  /** The file that Node runs to start nunicorn. */
  readonly command: string
  /** The target's own options, as far as they are given or found. */
  readonly options: Readonly<Record<string, string>>
}

export interface DeployFile {
  /** Relative to where all of them go. */
  readonly path: string
  readonly text: string
}

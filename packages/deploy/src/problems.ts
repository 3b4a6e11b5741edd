import type { Problem, Resolved, SettingName } from '@nunicorn/settings'

type What = Pick<Problem, 'message' | 'mend'>

/** A problem with one of the target's own options. */
export function ofOption(name: string, value: unknown, what: What): Problem {
  return { setting: name, value, origin: { type: 'flag', name: `--${name}` }, ...what }
}

/** A problem with a setting, wherever it comes from. */
export function ofSetting(
  { origins }: Resolved,
  setting: SettingName,
  value: unknown,
  what: What,
): Problem {
  return { setting, value, origin: origins[setting], ...what }
}

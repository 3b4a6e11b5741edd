import type { NunicornSettings } from '@nunicorn/settings'

/** APP as the command line has it, with what it is given itself. */
export function appWords({ app, appArguments }: NunicornSettings): readonly string[] {
  return appArguments.length === 0 ? [app] : [app, '--', ...appArguments]
}

import type { Target } from './target.ts'
import { systemd } from './targets/systemd.ts'

/** Everything that `nunicorn deploy` knows. */
export const targets: readonly Target[] = [systemd]

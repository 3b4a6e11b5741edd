import type { Target } from './target.ts'
import { nginx } from './targets/nginx.ts'
import { systemd } from './targets/systemd.ts'

/** Everything that `nunicorn deploy` knows. */
export const targets: readonly Target[] = [nginx, systemd]

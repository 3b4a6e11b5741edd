import type { Target } from './target.ts'
import { docker } from './targets/docker.ts'
import { kubernetes } from './targets/kubernetes.ts'
import { nginx } from './targets/nginx.ts'
import { systemd } from './targets/systemd.ts'

/** Everything that `nunicorn deploy` knows. */
export const targets: readonly Target[] = [systemd, nginx, docker, kubernetes]

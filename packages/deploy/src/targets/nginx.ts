import type { SettingName } from '@nunicorn/settings'

import { provenance } from '../provenance.ts'
import type { Target } from '../target.ts'
import { contradictions } from './nginx/contradictions.ts'
import { planFor } from './nginx/plan.ts'
import { site } from './nginx/site.ts'

/** The settings that decide what is in the site. */
const uses: readonly SettingName[] = [
  'app',
  'bind',
  'admin',
  'keepAlive',
  'requestTimeout',
  'requestIdHeader',
  'forwardedAllowIps',
]

/** A site that passes everything on to one instance of nunicorn, or to several. */
export const nginx: Target = {
  name: 'nginx',
  summary: 'a site of nginx in front of one instance or several',
  options: [
    {
      name: 'upstream',
      placeholder: 'ADDRESS,...',
      help: 'Where nunicorn is reached, several instances with commas between; by default where it binds.',
    },
    {
      name: 'server-name',
      placeholder: 'NAME',
      help: 'The name of the site; by default any.',
    },
    { name: 'listen', placeholder: 'ADDRESS', help: 'Where nginx listens; by default 80.' },
    {
      name: 'body-size',
      placeholder: 'SIZE',
      help: 'How large the body of a request may be, as nginx writes it; by default 10m.',
    },
  ],
  contradictions,
  render(resolved, place) {
    const plan = planFor(resolved, place)
    const header = [
      'Written by nunicorn deploy nginx, from these settings:',
      ...provenance(resolved, uses).map((line) => `  ${line}`),
      'Put it into /etc/nginx/conf.d, and try it with nginx -t.',
    ]
    return [{ path: `${plan.name}.conf`, text: site(plan, header) }]
  },
}

import type { SettingName } from '@nunicorn/settings'

import { provenance } from '../provenance.ts'
import type { Target } from '../target.ts'
import { contradictions } from './docker/contradictions.ts'
import { dockerfile } from './docker/dockerfile.ts'
import { readProject } from './docker/project.ts'

const uses: readonly SettingName[] = ['app', 'bind', 'admin', 'logFormat', 'bootTimeout']

/** An image of the app, and what is not to be in it. */
export const docker: Target = {
  name: 'docker',
  summary: 'a Dockerfile and its .dockerignore',
  options: [
    {
      name: 'node-image',
      placeholder: 'IMAGE',
      help: 'An image of Node on Debian to build on; by default the slim one that engines allows.',
    },
  ],
  contradictions: (resolved, place) =>
    contradictions(resolved, place, readProject(place.directory)),
  render(resolved, place) {
    const project = readProject(place.directory)
    const file = project.app === '' ? 'Dockerfile' : `${project.app}/Dockerfile`
    const header = [
      'Written by nunicorn deploy docker, from these settings:',
      ...provenance(resolved, uses).map((line) => `  ${line}`),
      `Build it in ${project.app === '' ? 'this folder' : 'the root of the workspace'}: docker build --tag NAME --file ${file} .`,
    ]
    return [
      { path: 'Dockerfile', text: dockerfile(resolved, place, project, header) },
      {
        // BuildKit prefers the one that is called like its Dockerfile, wherever the context is.
        path: project.app === '' ? '.dockerignore' : 'Dockerfile.dockerignore',
        text: `${[...header.map((line) => `# ${line}`), '', ...ignored].join('\n')}\n`,
      },
    ]
  },
}

const ignored = [
  '**/.git',
  '**/node_modules',
  '**/.venv',
  '**/__pycache__',
  '# Secrets are given to the container, and not to the image.',
  '**/.env',
  '**/.env.*',
  '**/*.log',
  '**/coverage',
  '**/Dockerfile',
  '**/*.dockerignore',
]

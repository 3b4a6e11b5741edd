import type { Project } from './project.ts'

/** The app and the members of its workspace that it needs, also by another one: what is needed before who needs it. */
export function neededMembers({ members, app }: Project): readonly string[] {
  const found = new Set<string>()
  const visited = new Set<string>()
  const visit = (folder: string): void => {
    if (visited.has(folder)) return
    visited.add(folder)
    const { dependencies = {} } = members[folder] ?? {}
    for (const [other, { name }] of Object.entries(members))
      if (name !== undefined && name in dependencies) visit(other)
    found.add(folder)
  }
  visit(app)
  return [...found]
}

/** Those of them that have something to build. */
export function builtMembers(project: Project): readonly string[] {
  const manifestOf = (folder: string): Project['manifest'] =>
    folder === project.app ? project.manifest : (project.members[folder] ?? {})
  return neededMembers(project).filter(
    (folder) => manifestOf(folder).scripts?.['build'] !== undefined,
  )
}

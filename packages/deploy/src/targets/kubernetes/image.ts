/** What a container runs. */
export interface Image {
  readonly repository: string
  readonly tag: string
}

/** Of `registry.example:5000/shop:1.4.2`. */
export function imageOf(text: string): Image {
  const [, repository = text, tag = 'latest'] = /^(.+?)(?::([\w][\w.-]*))?$/.exec(text) ?? []
  return { repository, tag }
}

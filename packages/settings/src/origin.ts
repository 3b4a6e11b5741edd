/** Where a value comes from. */
export type Origin =
  /** `name` as in `--workers`. */
  | { readonly type: 'flag'; readonly name: string }
  /** `name` as in `APP`. */
  | { readonly type: 'argument'; readonly name: string }
  | { readonly type: 'environment'; readonly name: string }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'default' }

/** `flag --workers`, `environment WEB_CONCURRENCY`, `file nunicorn.config.ts`, `default`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.type) {
    case 'flag':
    case 'argument':
    case 'environment':
      return `${origin.type} ${origin.name}`
    case 'file':
      return `file ${origin.path}`
    case 'default':
      return 'default'
  }
}

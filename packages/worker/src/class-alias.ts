/** What other servers call a class of ours. */
const aliases: Readonly<Record<string, string>> = {
  'uvicorn.workers.UvicornWorker': 'uvicorn',
  'uvicorn.workers.UvicornH11Worker': 'uvicorn',
  'uvicorn_worker.UvicornWorker': 'uvicorn',
  'uvicorn_worker.UvicornH11Worker': 'uvicorn',
}

/** The name by which we know the class that `-k` names: Gunicorn's spellings are understood where we have the like. */
export function classAlias(name: string): string {
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
}

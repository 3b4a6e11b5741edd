import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** A file of the web page. */
export interface PageFile {
  readonly contentType: string
  readonly body: Buffer
}

/** By the path of its URL: what is in the folder and nothing else, so no path leads out of it. */
export type PageFiles = ReadonlyMap<string, PageFile>

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** Reads the folder once; `index.html` is `/`. */
export function readPageFiles(folder: string | undefined): PageFiles {
  const files = new Map<string, PageFile>()
  if (folder === undefined) return files
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const contentType = contentTypes[extname(name)]
    if (contentType === undefined) continue
    const path = `/${name.split('\\').join('/')}`
    const file = { contentType, body: readFileSync(join(folder, name)) }
    files.set(path, file)
    if (path === '/index.html') files.set('/', file)
  }
  return files
}

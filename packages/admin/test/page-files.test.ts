import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { readPageFiles } from '../src/page-files.ts'

it('a page consists of the files in its folder that a browser shows, and of nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-page-'))
  try {
    await mkdir(join(folder, 'icons'))
    for (const name of ['index.html', 'page.js', 'page.css', 'icons/a.svg', 'notes.txt', '.env'])
      await writeFile(join(folder, name), name)
    const files = readPageFiles(folder)
    expect([...files.keys()].toSorted()).toEqual([
      '/',
      '/icons/a.svg',
      '/index.html',
      '/page.css',
      '/page.js',
    ])
    expect(files.get('/')).toEqual(files.get('/index.html'))
    expect(files.get('/')?.contentType).toBe('text/html; charset=utf-8')
    expect(files.get('/page.js')?.contentType).toBe('text/javascript; charset=utf-8')
    expect(String(files.get('/icons/a.svg')?.body)).toBe('icons/a.svg')
  } finally {
    await rm(folder, { recursive: true })
  }
  expect(readPageFiles(undefined).size).toBe(0)
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { explainImport } from '../src/explain-import.ts'
import { importMend } from '../src/import-mend.ts'

const folder = mkdtempSync(join(tmpdir(), 'nunicorn-import-'))
writeFileSync(join(folder, 'routes.ts'), '')
afterAll(() => rmSync(folder, { recursive: true }))

/** As Node makes it: of a file it gives the URL too. */
function notFound(message: string, path?: string): Error {
  const url = path === undefined ? {} : { url: pathToFileURL(join(folder, path)).href }
  return Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND', ...url })
}

describe('importMend', () => {
  it.each([
    ["Cannot find package 'pg' imported from /app.ts", 'npm install pg.'],
    ["Cannot find package '@scope/db/sub.js' imported from /app.ts", 'npm install @scope/db.'],
  ])('gives the install command for %s', (message, command) => {
    expect(importMend(notFound(message))).toContain(command)
  })

  it('names the extension that was left out', () => {
    const error = notFound(`Cannot find module '${folder}/routes' imported from /app.ts`, 'routes')
    expect(importMend(error)).toContain('with .ts at its end')
  })

  it('names the TypeScript file that the name of its JavaScript stands for', () => {
    const path = 'routes.js'
    const error = notFound(`Cannot find module '${folder}/${path}' imported from /app.ts`, path)
    expect(importMend(error)).toContain('.ts file of that name')
  })

  it('adds nothing where there is no such file at all', () => {
    const error = notFound(`Cannot find module '${folder}/none' imported from /app.ts`, 'none')
    expect(importMend(error)).toBeUndefined()
    expect(importMend(new Error("Cannot find package 'pg'"))).toBeUndefined()
  })
})

describe('explainImport of a name that is not exported', () => {
  it('says that it may be a type', () => {
    const error = new SyntaxError(
      "The requested module 'express' does not provide an export named 'Request'",
    )
    expect(explainImport(error, '/app/app.ts')).toMatchObject({
      code: 'app-syntax',
      message: 'The app /app/app.ts imports something that is not there.',
      hint: expect.stringContaining('If Request is a type, write `import type`'),
    })
  })

  it('says that a module has no default export', () => {
    const error = new SyntaxError(
      "The requested module 'x' does not provide an export named 'default'",
    )
    expect(explainImport(error, '/app/app.ts').hint).toContain('no default export')
  })
})

import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

it("every TypeScript block in a package's README type-checks", { timeout: 60_000 }, () => {
  using blocks = extractBlocks()
  expect(blocks.files.length).toBeGreaterThan(0)
  expect(typeErrors(blocks.files)).toBe('')
})

/** Writes the blocks beside their README, so that they import what a reader could import there. */
function extractBlocks(): Disposable & { readonly files: readonly string[] } {
  const folders: string[] = []
  const files = globSync('packages/*/README.md', { cwd: root }).flatMap((readme) => {
    const folder = mkdtempSync(join(root, dirname(readme), '.readme-'))
    folders.push(folder)
    return blocksOf(readme).map((code, index) => {
      const file = join(folder, `block-${index + 1}.ts`)
      // Without an import or export it would be a script that shares its names with the other blocks.
      writeFileSync(file, `${code}\nexport {}\n`)
      return file
    })
  })
  return {
    files,
    [Symbol.dispose]: () => folders.forEach((folder) => rmSync(folder, { recursive: true })),
  }
}

function blocksOf(readme: string): string[] {
  const text = readFileSync(join(root, readme), 'utf8')
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code)
}

function typeErrors(files: readonly string[]): string {
  using config = temporaryConfig(files)
  try {
    execFileSync('tsc', ['--project', config.file], { cwd: root, encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

function temporaryConfig(files: readonly string[]): Disposable & { readonly file: string } {
  const folder = mkdtempSync(join(root, '.readme-'))
  const file = join(folder, 'tsconfig.json')
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
  }
  const examples = { ...compilerOptions, emitDeclarationOnly: false, isolatedDeclarations: false }
  writeFileSync(
    file,
    JSON.stringify({
      extends: '../tsconfig.base.json',
      compilerOptions: examples,
      files: files.map((path) => relative(folder, path)),
    }),
  )
  return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

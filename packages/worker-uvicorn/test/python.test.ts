import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { findPython, inspectPython } from '../src/python.ts'

interface Folder extends AsyncDisposable {
  readonly directory: string
  /** Makes an executable file. */
  executable(name: string, text?: string): Promise<string>
}

async function folder(): Promise<Folder> {
  const directory = await mkdtemp(join(tmpdir(), 'nunicorn-python-'))
  return {
    directory,
    async executable(name, text = '#!/bin/sh\n') {
      const file = join(directory, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      await chmod(file, 0o755)
      return file
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

describe('the Python that is taken', () => {
  it('is that of $VIRTUAL_ENV, else of ./.venv, else python3 of PATH', async () => {
    await using place = await folder()
    const { directory } = place
    const [inPath, local, active] = await Promise.all([
      place.executable('bin/python3'),
      place.executable('.venv/bin/python'),
      place.executable('other/bin/python'),
    ])
    const env = { PATH: join(directory, 'bin') }
    expect(findPython({ directory, env: { ...env, VIRTUAL_ENV: join(directory, 'other') } })).toBe(
      active,
    )
    expect(findPython({ directory, env })).toBe(local)
    await rm(join(directory, '.venv'), { recursive: true })
    expect(findPython({ directory, env })).toBe(inPath)
  })

  it('is not another one where $VIRTUAL_ENV names one that is gone', async () => {
    await using place = await folder()
    await place.executable('bin/python3')
    const env = { PATH: join(place.directory, 'bin'), VIRTUAL_ENV: '/nowhere' }
    expect(() => findPython({ directory: place.directory, env })).toThrow(
      /\/nowhere\/bin\/python does not exist/,
    )
  })

  it('says what it has, what it lacks, and why it does not run', async () => {
    await using place = await folder()
    const { directory } = place
    const where = { directory, env: {} }
    const good = await place.executable('good', '#!/bin/sh\nprintf "3.11.2\\n0.17.6\\n"\n')
    const bare = await place.executable('bare', '#!/bin/sh\nprintf "3.11.2\\n\\n"\n')
    const broken = await place.executable(
      'broken',
      '#!/bin/sh\necho "no module named encodings" >&2; exit 1\n',
    )
    expect(await inspectPython(good, where)).toEqual({ version: '3.11.2', uvicorn: '0.17.6' })
    await expect(inspectPython(bare, where)).rejects.toMatchObject({
      code: 'no-uvicorn',
      hint: expect.stringContaining(`"${bare} -m pip install uvicorn"`),
    })
    await expect(inspectPython(broken, where)).rejects.toThrow(
      /does not run: no module named encodings/,
    )
  })
})

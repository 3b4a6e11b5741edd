import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type LogFile, openLogFile } from '../src/log-file.ts'

interface Scene extends Disposable {
  readonly folder: string
  readonly path: string
  readonly file: LogFile
  readonly troubles: readonly string[]
  readonly losses: readonly number[]
}

function openIn({ at }: { readonly at?: string } = {}): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'nunicorn-log-'))
  const path = at ?? join(folder, 'error.log')
  const troubles: string[] = []
  const losses: number[] = []
  const file = openLogFile({
    path,
    onTrouble: (message) => troubles.push(message),
    onMended: (lost) => losses.push(lost),
  })
  return {
    folder,
    path,
    file,
    troubles,
    losses,
    [Symbol.dispose]() {
      file.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe('openLogFile', () => {
  it('adds to what is there, and each line is in the file when the call returns', () => {
    using scene = openIn()
    scene.file.write('one\n')
    expect(readFileSync(scene.path, 'utf8')).toBe('one\n')
    scene.file.reopen()
    scene.file.write('two\n')
    expect(readFileSync(scene.path, 'utf8')).toBe('one\ntwo\n')
  })

  it('goes on in the old file until it is opened anew', () => {
    using scene = openIn()
    scene.file.write('one\n')
    renameSync(scene.path, `${scene.path}.1`)
    scene.file.write('two\n')
    scene.file.reopen()
    scene.file.write('three\n')
    expect(readFileSync(`${scene.path}.1`, 'utf8')).toBe('one\ntwo\n')
    expect(readFileSync(scene.path, 'utf8')).toBe('three\n')
  })

  it('keeps the file it has when the new one cannot be opened, and says so', () => {
    using scene = openIn()
    const moved = `${scene.folder}.moved`
    renameSync(scene.folder, moved)
    try {
      scene.file.reopen()
      scene.file.write('still here\n')
      expect(scene.troubles).toEqual([
        expect.stringMatching(/error\.log cannot be opened anew: ENOENT.*goes on in the file/),
      ])
      expect(readFileSync(join(moved, 'error.log'), 'utf8')).toBe('still here\n')
    } finally {
      renameSync(moved, scene.folder)
    }
  })

  it('throws where there is no directory, and where the path is one', () => {
    expect(() => openIn({ at: '/nowhere/error.log' })).toThrow('ENOENT')
    expect(() => openIn({ at: tmpdir() })).toThrow('EISDIR')
  })

  it('does not wait for the reader of a fifo', () => {
    using scene = openIn()
    const fifo = join(scene.folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    expect(() => openIn({ at: fifo })).toThrow('ENXIO')
  })

  it.skipIf(!existsSync('/dev/full'))('says once that a full disk costs lines', () => {
    using scene = openIn({ at: '/dev/full' })
    for (let count = 0; count < 3; count += 1) scene.file.write('lost\n')
    expect(scene.troubles).toEqual([
      expect.stringMatching(/\/dev\/full cannot be written: ENOSPC.*Lines are being lost/),
    ])
    expect(scene.losses).toEqual([])
  })

  it('says how many were lost when there is space again, and tears no line', ({ skip }) => {
    using disk = mountSmallDisk()
    if (disk === undefined) return skip('only root on Linux can mount a small disk')
    const path = join(disk.path, 'error.log')
    const ballast = join(disk.path, 'ballast')
    using scene = openIn({ at: path })
    execFileSync('sh', ['-c', `head -c 60000 /dev/zero > ${ballast}`])
    const line = `${'x'.repeat(999)}\n`
    while (scene.troubles.length === 0) scene.file.write(line)
    for (let count = 0; count < 6; count += 1) scene.file.write(line)
    rmSync(ballast)
    scene.file.write('after\n')
    expect(scene.losses).toEqual([7])
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines.slice(-2)).toEqual(['after', ''])
    expect(lines.filter((text) => text.includes('x') && text.includes('after'))).toEqual([])
  })
})

/** 64 KiB. */
function mountSmallDisk(): (Disposable & { readonly path: string }) | undefined {
  const path = mkdtempSync(join(tmpdir(), 'nunicorn-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path])
      rmSync(path, { recursive: true })
    },
  }
}

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Contender } from '../contender.ts'

const execute = promisify(execFile)
const folder = fileURLToPath(import.meta.resolve('../servers/app.py')).replace(/\/app\.py$/, '')
/** Debian's, whatever other Python comes first on the PATH. */
const python = '/usr/bin/python3'
const packages = ['gunicorn', 'uvicorn', 'python3-fastapi', 'python3-uvloop', 'python3-httptools']

/** The one that nunicorn is named after, with the worker class and the framework that most use with it. */
export const gunicorn: Contender = {
  name: 'Gunicorn + uvicorn + FastAPI',
  supervisor: 'process',
  language: 'Python',
  async obtain(signal) {
    if (await isThere()) return
    if (process.getuid?.() !== 0)
      throw new Error(`not installed, and only root can: apt-get install ${packages.join(' ')}`)
    await execute('apt-get', ['update', '-qq'], { signal })
    await execute('apt-get', ['install', '-y', '-qq', ...packages], { signal })
  },
  async version() {
    const names = ['gunicorn', 'uvicorn', 'fastapi']
    const script = `import ${names.join(', ')}; print(${names.map((name) => `${name}.__version__`).join(', ')})`
    const versions = (await execute(python, ['-c', script])).stdout.trim().split(' ')
    return names.map((name, index) => `${name} ${versions[index]}`).join(', ')
  },
  launch: ({ port, workers }) => ({
    command: [
      python,
      '-m',
      'gunicorn',
      '--worker-class=uvicorn.workers.UvicornWorker',
      `--workers=${workers}`,
      `--bind=127.0.0.1:${port}`,
      `--chdir=${folder}`,
      '--log-level=warning',
      'app:app',
    ],
    environment: { PYTHONDONTWRITEBYTECODE: '1' },
  }),
  async reload({ pid }) {
    process.kill(pid, 'SIGHUP')
  },
}

async function isThere(): Promise<boolean> {
  try {
    await execute(python, ['-c', 'import gunicorn, uvicorn, fastapi, uvloop, httptools'])
    return true
  } catch {
    return false
  }
}

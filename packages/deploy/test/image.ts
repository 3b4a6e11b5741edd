import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { type Copy, DockerfileParser, type JSONInstruction } from 'dockerfile-ast'

const run = promisify(execFile)

/** What came of the steps of a Dockerfile, each stage in a folder of its own; no engine, and so no isolation. */
export interface Image extends AsyncDisposable {
  /** The folder of the last stage. */
  readonly root: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
}

interface Stage {
  readonly root: string
  directory: string
  readonly environment: Record<string, string>
}

/**
 * Carries FROM, WORKDIR, COPY, ENV and RUN out: `/` is the folder of the stage. What asks for a package of Debian is left
 * out: CI installs it.
 *
 * @throws whatever a step fails with
 */
export async function buildImage(
  text: string,
  { context, env }: { readonly context: string; readonly env: NodeJS.ProcessEnv },
): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-image-'))
  const stages = new Map<string, Stage>()
  let stage: Stage = { root: folder, directory: '/', environment: {} }
  let [user, entrypoint, command]: [string, readonly string[], readonly string[]] = ['', [], []]
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const rest = instruction.getArgumentsContent() ?? ''
    switch (instruction.getKeyword()) {
      case 'FROM': {
        const [from = '', , name = 'last'] = rest.split(' ')
        const before = stages.get(from)
        stage = {
          root: join(folder, name),
          directory: before?.directory ?? '/',
          environment: { ...before?.environment },
        }
        await mkdir(stage.root)
        if (before) await cp(before.root, stage.root, { recursive: true, verbatimSymlinks: true })
        stages.set(name, stage)
        break
      }
      case 'WORKDIR':
        stage.directory = rest
        await mkdir(join(stage.root, rest), { recursive: true })
        break
      case 'ENV': {
        const [, name = '', value = ''] = /^(\w+)="(.*)"$/s.exec(rest) ?? []
        stage.environment[name] = value.replaceAll(/\\(["\\$])/g, '$1')
        break
      }
      case 'COPY': {
        const copy = instruction as Copy
        const paths = copy.getArguments().map((argument) => argument.getValue())
        const flag = copy.getFlags().find((one) => one.getName() === 'from')
        const source =
          flag === undefined ? context : (stages.get(flag.getValue() ?? '')?.root ?? '')
        await copyInto(paths, source, join(stage.root, stage.directory))
        break
      }
      case 'RUN':
        if (!rest.includes('apt-get')) await runStep(rest, stage, env)
        break
      case 'USER':
        user = rest
        break
      case 'ENTRYPOINT':
        entrypoint = words(instruction as JSONInstruction)
        break
      case 'CMD':
        command = words(instruction as JSONInstruction)
        break
    }
  }
  const { root, directory, environment } = stage
  return {
    root,
    directory: join(root, directory),
    environment,
    user,
    entrypoint,
    command,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

async function copyInto(paths: readonly string[], source: string, into: string): Promise<void> {
  const target = paths.at(-1) ?? ''
  for (const path of paths.slice(0, -1)) {
    const isFile = target.endsWith('/') && path !== '.' && !path.endsWith('/') && path !== '/app'
    const to = isFile ? join(into, target, basename(path)) : join(into, target)
    await mkdir(dirname(to), { recursive: true })
    await cp(join(source, path), to, {
      recursive: true,
      verbatimSymlinks: true,
      // As .dockerignore says.
      filter: (file) =>
        source.includes('nunicorn-image-') || !/\/(node_modules|\.git|\.env)(\/|$)/.test(file),
    })
  }
}

async function runStep(line: string, stage: Stage, env: NodeJS.ProcessEnv): Promise<void> {
  const bin = `${stage.root}/usr/local/bin`
  await run('sh', ['-c', line], {
    cwd: join(stage.root, stage.directory),
    env: {
      ...env,
      ...stage.environment,
      CI: 'true',
      npm_config_prefix: `${stage.root}/usr/local`,
      PATH: [bin, dirname(process.execPath), '/usr/local/bin:/usr/bin:/bin'].join(':'),
    },
    timeout: 120_000,
  })
}

function words(instruction: JSONInstruction): readonly string[] {
  return instruction.getJSONStrings().map((word) => JSON.parse(word.getValue()) as string)
}

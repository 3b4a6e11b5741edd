import { checkApp, createArbiter } from '@nunicorn/arbiter'
import { ExitCode, isNunicornError, NunicornError, reportError } from '@nunicorn/contract'
import { openLog } from '@nunicorn/logger'
import { compareSettings, helpText, openSettings, printConfig } from '@nunicorn/settings'

import { surviveChannelFaults } from './channel-faults.ts'
import { openControl } from './control.ts'
import { startCompanions } from './companions.ts'
import { countLogs } from './count-logs.ts'
import { deployText } from './deploy-text.ts'
import { type Invocation, type Loaded, loadSettings } from './load-settings.ts'
import { logOptions } from './log-options.ts'
import { commandFile, version, workerMain } from './package.ts'
import { notifyServiceManager } from './notify.ts'
import { placeWarnings } from './place.ts'
import { writePidFile } from './pid-file.ts'
import { obeySignals } from './signals.ts'
import { staySmall } from './stay-small.ts'
import { runTop } from './top.ts'
import { workersText } from './workers-text.ts'

/** Runs the command to its end. Resolves with the exit code; what went wrong has been printed. */
export async function runCommand(invocation: Invocation): Promise<number> {
  try {
    const [first, ...rest] = invocation.argv
    if (first === 'ctl') return await control({ ...invocation, argv: rest })
    if (first === 'top') return await runTop({ ...invocation, argv: rest })
    if (first === 'workers') return print(await workersText({ ...invocation, argv: rest }))
    if (first === 'deploy') return print(await deployText({ ...invocation, argv: rest }))
    const { request } = openSettings(invocation)
    if (request === 'help') return print(helpText(process.stdout.columns ?? 100))
    if (request === 'version') return print(`nunicorn ${version}`)
    return await obey(invocation, await loadSettings(invocation))
  } catch (error) {
    return complain(error)
  }
}

/** `nunicorn ctl ...`, also called `nunicornctl ...`: asks an instance that runs. */
async function control(invocation: Invocation): Promise<number> {
  const { runControlCommand } = await import('@nunicorn/control/command')
  return await runControlCommand({
    ...invocation,
    print: (text) => void print(text),
    complain: (text) => void process.stderr.write(`${text}\n`),
  })
}

async function obey(invocation: Invocation, loaded: Loaded): Promise<number> {
  const { checkConfig, printConfig: printOnly } = loaded.resolved.settings
  if (printOnly) print(printConfig(loaded.resolved))
  if (checkConfig) return await check(loaded)
  return printOnly ? ExitCode.ok : await serve(invocation, loaded)
}

async function check({ resolved, arbiter: settings }: Loaded): Promise<number> {
  const options = logOptions(resolved.settings)
  // Whether it can be opened belongs to the check; what the app says while it boots, to whoever has asked.
  await (await openLog(options)).close()
  await using log = await openLog({ level: options.level, format: options.format, file: '-' })
  const checkup = await checkApp({
    settings,
    workerMain,
    command: commandFile,
    log: log.logger,
  })
  if ('shown' in checkup) return print(checkup.shown)
  const { code, message, hint, stack } = checkup.fault
  throw new NunicornError({
    code,
    message: [message, hint].filter(Boolean).join(' ') + (stack ? `\n${stack}` : ''),
  })
}

async function serve(
  invocation: Invocation,
  { resolved, arbiter: settings, bindWarnings }: Loaded,
): Promise<number> {
  process.title = `nunicorn: arbiter [${settings.name}]`
  await using output = await openLog(logOptions(resolved.settings))
  const { log, counts } = countLogs(output.logger)
  for (const { message, mend } of resolved.warnings) log.warning(`${message} ${mend}`)
  for (const warning of bindWarnings) log.warning(warning)
  await using _pidFile = await writePidFile(resolved.settings.pid)

  let proven = resolved
  let read = resolved

  async function readSettings(): Promise<typeof settings> {
    const reread = await loadSettings(invocation)
    read = reread.resolved
    for (const { setting } of compareSettings(resolved.settings, reread.resolved.settings)
      .restartNeeded) {
      log.warning(
        `The setting ${setting} has changed, which takes a restart: a reload goes on with the old value`,
      )
    }
    return reread.arbiter
  }

  const arbiter = createArbiter({
    settings,
    readSettings,
    workerMain,
    command: commandFile,
    log,
    reopenLog: () => output.reopen(),
    version,
  })
  arbiter.events.subscribe(({ type }) => {
    if (type === 'reload-finished') {
      proven = read
      log.level = proven.settings.logLevel
    }
    // After whatever else there is to do now.
    if (type === 'worker-ready') {
      setImmediate(() => {
        staySmall()
        output.settle()
      })
    }
  })
  await using _control = await openControl({
    arbiter,
    log,
    env: invocation.env,
    resolved: () => proven,
  })
  obeySignals(arbiter, log)
  surviveChannelFaults(log)
  log.info(`Starting nunicorn ${version}`)
  for (const warning of placeWarnings(process.pid)) log.warning(warning)
  await using _companions = await startCompanions({
    arbiter,
    settings: resolved.settings,
    log,
    logs: counts,
  })
  await using _notifier = await notifyServiceManager(invocation.serviceManager, { arbiter, log })
  try {
    return await arbiter.run()
  } catch (error) {
    if (!output.onStderr) log.critical(reportError(error).message)
    throw error
  }
}

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return ExitCode.ok
}

/** A user's mistake gets a paragraph, never a stack trace of ours; anything else is our own fault and shows it. */
function complain(error: unknown): number {
  if (!isNunicornError(error)) {
    console.error(error)
    return ExitCode.failure
  }
  process.stderr.write(`nunicorn: ${[error.message, error.hint].filter(Boolean).join(' ')}\n`)
  if (error.code === 'app-load') return ExitCode.appLoadError
  return error.code === 'bad-usage' ? ExitCode.usage : ExitCode.failure
}

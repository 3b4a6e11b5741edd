import { type Inherited, inheritanceVariables, readInherited } from '@nunicorn/sockets'

/** What a service manager, such as systemd, has given to this process. */
export interface ServiceManager {
  /** The descriptors that it passed, except for {@link notifyDescriptor}. */
  readonly inherited: readonly Inherited[]
  /** Whom LISTEN_FDS was meant for, if that is not this process. */
  readonly passedTo?: string
  /** NOTIFY_SOCKET: where it wants to be told. */
  readonly notifySocket?: string
  /** A datagram socket that is connected there (`OpenFile=...:notify`). */
  readonly notifyDescriptor?: number
  /** How often it wants a sign of life, in microseconds. */
  readonly watchdogUsec?: number
}

/** The name of the descriptor by which this process can tell the service manager. */
const notifyName = 'notify'
const variables = [...inheritanceVariables, 'NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']

/**
 * Reads what the service manager has given, and takes it out of the environment: workers, and what the app starts, must
 * neither believe that it is theirs nor speak for this process.
 */
export function takeServiceManager(env: NodeJS.ProcessEnv, pid: number): ServiceManager {
  const { LISTEN_FDS, LISTEN_PID, NOTIFY_SOCKET: notifySocket } = env
  const passed = readInherited({ env, pid })
  const watchdogUsec = watchdogOf(env, pid)
  for (const name of variables) delete env[name]
  const notify = passed.find(isNotifyDescriptor)
  return {
    inherited: passed.filter((one) => one !== notify),
    ...(LISTEN_FDS && LISTEN_PID !== String(pid) && { passedTo: LISTEN_PID ?? 'nobody' }),
    ...(notifySocket && { notifySocket }),
    ...(notify && { notifyDescriptor: notify.fd }),
    ...(watchdogUsec && { watchdogUsec }),
  }
}

function isNotifyDescriptor({ name, kernel }: Inherited): boolean {
  return name === notifyName && kernel?.family === 'unix' && kernel.type === 'datagram'
}

/** As sd_watchdog_enabled(3) has it. */
function watchdogOf(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC: usec = '', WATCHDOG_PID: owner } = env
  if (!/^[1-9]\d{0,14}$/.test(usec)) return undefined
  return owner === undefined || owner === String(pid) ? Number(usec) : undefined
}

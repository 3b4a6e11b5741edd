import { lookup } from 'node:dns/promises'

import type { TcpAddress } from './address.ts'
import { explainBindError } from './bind-error.ts'
import type { BindOptions, BoundListener } from './bound-listener.ts'
import { claim } from './claim.ts'
import { bindTcpHandle, boundPort, closeHandle, type Handle } from './native-handle.ts'

/** Binds a TCP address: one SO_REUSEPORT socket per slot on Linux when wanted, else one socket for every slot. */
export async function bindTcp(wanted: TcpAddress, options: BindOptions): Promise<BoundListener> {
  const shared = !options.reusePort || process.platform !== 'linux'
  const handles: Handle[] = []
  const ip = await resolveHost(wanted)
  let { port } = wanted
  let slots = 0
  let lock: Handle | undefined
  let closing: Promise<void> | undefined

  function bindNext(): void {
    const handle = bindTcpHandle(ip, { port, reusePort: !shared })
    handles.push(handle)
    port = boundPort(handle)
  }

  function grow(wantedSlots: number): void {
    while (!shared && handles.length < wantedSlots) bindNext()
    slots = Math.max(slots, wantedSlots)
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...handles, ...(lock === undefined ? [] : [lock])].map(closeHandle))
  }

  try {
    bindNext()
    if (!shared) refuseLiveServer(ip, port)
    lock = claim(`tcp ${ip} ${port}`)
    grow(options.slots)
  } catch (error) {
    await closeAll()
    throw explainBindError(wanted, error)
  }

  return {
    address: { ...wanted, port },
    inherited: false,
    shared,
    get slots() {
      return slots
    },
    handle: (slot) => handleOf(handles, shared ? 0 : slot),
    grow,
    isReachable: () => true,
    close: () => (closing ??= closeAll()),
    [Symbol.asyncDispose]: () => (closing ??= closeAll()),
  }
}

export async function resolveHost(address: TcpAddress): Promise<string> {
  try {
    // IPv4 first, so that `localhost` is what most clients try first, and what Gunicorn binds.
    return (await lookup(address.host, { order: 'ipv4first' })).address
  } catch (error) {
    throw explainBindError(address, error)
  }
}

/**
 * With SO_REUSEPORT, bind(2) succeeds next to a server of the same user that did so too, and the two would silently
 * share the traffic. Without it, bind(2) fails if anybody listens.
 */
function refuseLiveServer(ip: string, port: number): void {
  bindTcpHandle(ip, { port, reusePort: false }).close()
}

function handleOf(handles: readonly Handle[], slot: number): Handle {
  const handle = handles[slot]
  if (handle === undefined)
    throw new RangeError(`there is no slot ${slot}: there are ${handles.length}`)
  return handle
}

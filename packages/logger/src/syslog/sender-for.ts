import type { SyslogAddress } from './address.ts'
import type { SenderEvents, SyslogSender } from './sender.ts'

/** Loads only the transport that is used. */
export async function senderFor(
  address: SyslogAddress,
  events: SenderEvents,
): Promise<SyslogSender> {
  if (address.transport !== 'udp')
    return (await import('./stream.ts')).streamSender(address, events)
  return (await import('./udp.ts')).udpSender(address, events)
}

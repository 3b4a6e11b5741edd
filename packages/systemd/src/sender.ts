/**
 * How a message reaches the service manager. It listens on a Unix datagram socket, which Node cannot open: dgram has UDP
 * only, net streams only. The ways round that were weighed like this:
 *
 * 1. **A descriptor.** With `OpenFile=/run/systemd/notify:notify` (systemd 253, as old as Type=notify-reload) the manager
 *    itself opens and connects such a socket, and passes it like any other. A message is then one write(2) of this very
 *    process: nothing to install, no process, and `NotifyAccess=main` lets nobody else speak. Best wherever it is there.
 * 2. **systemd-notify(1)**, once for each message. It is part of systemd, so whoever wants to be told has it. It costs a
 *    process of 2 ms, a few a minute, and `NotifyAccess=all`, as the message does not come from the main process.
 *
 * Turned down: addons (unix-dgram and sd-notify are compiled when they are installed, and need a compiler and headers
 * there; node-unix-socket has binaries, and no release for years; koffi would load any C function into the process that
 * must not die), and a helper in Perl or Python that lives as long as the service: it needs NotifyAccess=all as well,
 * its own supervision, some megabytes, and an interpreter that systemd does not bring. When `node:ffi` is there in every
 * Node that we support, it is a third way.
 */
export interface Sender {
  /** For people: `descriptor 3`. */
  readonly way: string
  /** Resolves when the message has been handed over; rejects if it cannot be. */
  send(message: readonly string[]): Promise<void>
}

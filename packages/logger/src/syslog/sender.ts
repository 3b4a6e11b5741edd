/** Sends messages to a syslog server, each in the framing of its transport. Never throws, never waits. */
export interface SyslogSender {
  send(message: string): void
  /** Resolves once everything has left the process, or `deadline` aborts. */
  flush(deadline: AbortSignal): Promise<void>
  close(): void
}

export interface SenderEvents {
  /** Messages are being lost or kept back from now on. Called once until it is mended. */
  readonly onTrouble: (message: string) => void
  /** Messages arrive again, as far as the sender can tell; so many were lost. */
  readonly onMended: (lost: number) => void
}

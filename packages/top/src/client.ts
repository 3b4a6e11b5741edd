import type { ControlClient } from '@nunicorn/control'

/** What is needed of a connection to an instance. */
export type TopClient = Pick<ControlClient, 'call' | 'events' | 'closed'>

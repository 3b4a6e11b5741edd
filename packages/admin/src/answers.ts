import type { IncomingMessage } from 'node:http'

import type { EventRecord } from '@nunicorn/contract'
import {
  contentTypes,
  type MetricsPage,
  type MetricsSource,
  negotiateFormat,
} from '@nunicorn/metrics'

import { describeProbe, type Probe, probe } from './health.ts'
import type { PageFiles } from './page-files.ts'

/** What the admin address shows: an arbiter has all of it. */
export interface AdminSource extends MetricsSource {
  readonly events: {
    recent(after?: number): readonly EventRecord[]
    subscribe(listener: (event: EventRecord) => void): () => void
  }
}

/** A whole answer, or that of a stream of events. */
export type Answer =
  | {
      readonly status: number
      readonly contentType: string
      readonly body: string | Buffer
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly eventsAfter: number }

export interface AnswerContext {
  readonly source: AdminSource
  readonly metrics: MetricsPage
  readonly files: PageFiles
  /** Whether a page of a stranger's could not have sent it. */
  readonly isTrusted: (request: IncomingMessage) => boolean
}

export async function answerTo(request: IncomingMessage, context: AnswerContext): Promise<Answer> {
  const refusal = refuse(request)
  if (refusal) return refusal
  const { pathname, searchParams } = urlOf(request)
  const which = pathname.slice(1)
  if (isProbe(which)) return answerProbe(which, { context, verbose: searchParams.has('verbose') })
  if (pathname === '/metrics') return await answerMetrics(request, context)
  // Numbers are for everybody who gets here, by whichever name: probes and Prometheus use that of a service. What follows
  // tells of requests and code.
  if (!context.isTrusted(request)) return untrusted
  switch (pathname) {
    case '/status':
      return {
        status: 200,
        contentType: 'application/json',
        body: `${JSON.stringify(context.source.status())}\n`,
      }
    case '/events':
      return { eventsAfter: lastSeen(request, searchParams) }
    default:
      return answerFile(pathname, context.files)
  }
}

function refuse({ method = '', headers }: IncomingMessage): Answer | undefined {
  if (method !== 'GET' && method !== 'HEAD')
    return { ...text(405, 'only GET and HEAD\n'), headers: { allow: 'GET, HEAD' } }
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody
    ? { ...text(413, 'no body is taken here\n'), headers: { connection: 'close' } }
    : undefined
}

/** A target in absolute form may be anything; then nothing is at its path. */
function urlOf({ url = '/' }: IncomingMessage): Pick<URL, 'pathname' | 'searchParams'> {
  return (
    URL.parse(url.startsWith('/') ? `http://admin${url.replace(/^\/+/, '/')}` : url) ?? {
      pathname: '',
      searchParams: new URLSearchParams(),
    }
  )
}

function isProbe(name: string): name is Probe {
  return name === 'livez' || name === 'readyz' || name === 'startupz'
}

function answerProbe(
  which: Probe,
  { context, verbose }: { readonly context: AnswerContext; readonly verbose: boolean },
): Answer {
  const results = probe(which, context.source.status())
  const { isWell, text: body } = describeProbe(which, results, { verbose })
  return text(isWell ? 200 : 503, body)
}

async function answerMetrics(
  { headers }: IncomingMessage,
  { metrics }: AnswerContext,
): Promise<Answer> {
  const format = negotiateFormat(headers.accept)
  return {
    status: 200,
    contentType: contentTypes[format],
    body: await metrics.render(format),
    headers: { vary: 'accept' },
  }
}

/** A browser that has lost its stream says where it was; whoever comes anew may say it too. */
function lastSeen({ headers }: IncomingMessage, query: URLSearchParams): number {
  const said = Number(headers['last-event-id'] ?? query.get('after') ?? 0)
  return Number.isSafeInteger(said) ? said : 0
}

function answerFile(path: string, files: PageFiles): Answer {
  const file = files.get(path)
  if (file) return { status: 200, ...file }
  return text(
    404,
    'Here are /livez, /readyz, /startupz (each with ?verbose), /metrics, /status and /events.\n',
  )
}

const untrusted: Answer = text(
  421,
  'This Host is not known here. Use an IP address, localhost, or the name given to --admin.\n',
)

function text(status: number, body: string): Extract<Answer, { status: number }> {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

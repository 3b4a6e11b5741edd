import { NunicornError, type Question, type WorkerMessage } from '@nunicorn/contract'

/** Asks workers, and finds their answers among what they say. */
export interface Questions {
  /**
   * @throws NunicornError `no-answer` if none has come after `timeoutMs`, or the worker has ended; otherwise the worker's
   * own error.
   */
  ask(worker: number, question: Question, timeoutMs: number): Promise<unknown>
  answered(worker: number, answer: Extract<WorkerMessage, { type: 'answer' }>): void
  /** Nobody answers for it any more. */
  gone(worker: number): void
}

interface Pending {
  readonly worker: number
  readonly question: Question
  readonly timer: NodeJS.Timeout
  readonly settled: PromiseWithResolvers<unknown>
}

export function createQuestions(
  send: (worker: number, message: { type: 'ask'; id: number; question: Question }) => void,
): Questions {
  const pending = new Map<number, Pending>()
  let lastId = 0

  function settle(id: number, worker: number): Pending | undefined {
    const question = pending.get(id)
    if (question === undefined || question.worker !== worker) return undefined
    pending.delete(id)
    clearTimeout(question.timer)
    return question
  }

  return {
    ask(worker, question, timeoutMs) {
      const id = ++lastId
      const settled = Promise.withResolvers<unknown>()
      const timer = setTimeout(
        () => settle(id, worker)?.settled.reject(noAnswer(question, `within ${timeoutMs} ms`)),
        timeoutMs,
      )
      pending.set(id, { worker, question, timer, settled })
      send(worker, { type: 'ask', id, question })
      return settled.promise
    },
    answered(worker, answer) {
      const asked = settle(answer.id, worker)
      if (asked === undefined) return
      if ('error' in answer) asked.settled.reject(new NunicornError(answer.error))
      else asked.settled.resolve(answer.result)
    },
    gone(worker) {
      for (const [id, { worker: asked, question }] of pending)
        if (asked === worker)
          settle(id, worker)?.settled.reject(noAnswer(question, 'before the worker ended'))
    },
  }
}

function noAnswer({ type }: Question, when: string): NunicornError {
  return new NunicornError({ code: 'no-answer', message: `No answer to ${type} came ${when}.` })
}

import { type ArbiterMessage, NunicornError, type Question, reportError } from '@nunicorn/contract'

import type { Channel } from './channel.ts'

/** Who answers which question; what it throws is the answer as well. */
export type Answerers = {
  [Type in Question['type']]?: (question: Extract<Question, { type: Type }>) => unknown
}

/** Answers a question of the arbiter. Never rejects. */
export async function answer(
  { id, question }: Extract<ArbiterMessage, { type: 'ask' }>,
  { answerers, channel }: { readonly answerers: Answerers; readonly channel: Channel },
): Promise<void> {
  try {
    const ask = answerers[question.type] as ((asked: Question) => unknown) | undefined
    if (ask === undefined) throw cannotAnswer(question)
    await channel.send({ type: 'answer', id, result: (await ask(question)) ?? null })
  } catch (error) {
    await channel.send({ type: 'answer', id, error: reportError(error) })
  }
}

function cannotAnswer({ type }: Question): NunicornError {
  return new NunicornError({
    code: 'cannot-answer',
    message: `This worker cannot answer the question ${type}.`,
  })
}

import type { Answer } from './line-class.ts'

/** Answers a line with a line. `slow` takes a second, to see what a reload makes of it. */
const answer: Answer = async (line) => {
  if (line === 'slow') await new Promise((resolve) => setTimeout(resolve, 1_000))
  return `${line} (worker ${process.env['NUNICORN_WORKER']}, generation ${process.env['NUNICORN_GENERATION']})`
}

export default answer

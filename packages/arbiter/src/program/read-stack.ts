import type { StackFrame } from '../machine/index.ts'

/** `  File "/app/main.py", line 12 in hang`, as Python's faulthandler writes it, innermost frame first. */
const pythonFrame = /^\s*File "(?<url>.+)", line (?<line>\d+)(?:,)? in (?<functionName>.+)$/
/** Python's own way from the main program to the app; it says nothing to the user. */
const machinery = /\/(asyncio|uvicorn|importlib)\/|\/runpy\.py$|<frozen |\/nunicorn_uvicorn\.py$/

/**
 * The stack that a program wrote about itself: frames where they are Python's, else its lines as they are.
 * Frames of the machinery below the app are left out, unless there are no others.
 */
export function readStack(text: string): readonly StackFrame[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const frames = lines.flatMap(frameOf)
  if (frames.length === 0) return lines.map((line) => bareLine(line.trim()))
  const own = frames.filter(({ url }) => !machinery.test(url))
  return own.length > 0 ? own : frames
}

function frameOf(text: string): readonly StackFrame[] {
  const { url, line, functionName } = pythonFrame.exec(text)?.groups ?? {}
  if (url === undefined || functionName === undefined) return []
  return [{ functionName, url, line: Number(line), column: 0 }]
}

function bareLine(functionName: string): StackFrame {
  return { functionName, url: '', line: 0, column: 0 }
}

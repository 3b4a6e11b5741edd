/** Any function that can be called as it is. */
export type PlainFunction = (...parameters: never[]) => unknown

/** A class is a function too, but to call it, for a request or for an app, would only throw. */
export function isPlainFunction(value: unknown): value is PlainFunction {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value))
}

/**
 * Has V8 use its first compilers alone (Sparkplug, Maglev) in this process: once TurboFan has been needed, its code is 5 MB
 * of the arbiter's resident size, and there is nothing here that must run fast.
 */
export function staySmall(): void {
  // Not imported: it is needed only when the start is over.
  process.getBuiltinModule('node:v8').setFlagsFromString('--no-opt')
}

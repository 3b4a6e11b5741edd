/**
 * Has V8 spare memory rather than time in this process, where nothing must run fast. Its first compilers alone (Sparkplug,
 * Maglev): once TurboFan has been needed, its code is 5 MB of the arbiter's resident size. And a heap that is collected before
 * it grows: else a thousand scrapes of the metrics would make the arbiter 130 MB larger, for good.
 */
export function staySmall(): void {
  // Not imported: it is needed only when the start is over.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  setFlagsFromString('--no-opt')
  setFlagsFromString('--optimize-for-size')
}

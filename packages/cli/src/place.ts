/** What is wrong with where the arbiter was put. */
export function placeWarnings(pid: number): readonly string[] {
  // The kernel gives orphans to process 1, and libuv waits for nobody whom it has not started itself.
  return pid === 1
    ? [
        'This is process 1 of its container, and node does not reap the processes whose parents have ended: if the app starts any, they stay as zombies. Give it an init: docker run --init, tini, dumb-init.',
      ]
    : []
}

/** What a row waits for: mostly the feature that it is about is not there. */
export const notYet: Readonly<Record<number, string>> = {
  40: 'HTTP/2 at the front',
  76: 'upgrade in place (USR2)',
  77: 'upgrade in place (USR2)',
  78: 'upgrade in place (USR2)',
  79: 'upgrade in place (USR2)',
  80: 'upgrade in place (USR2)',
  81: 'upgrade in place (USR2)',
  82: 'systemd: FDSTORE',
  83: 'no scenario of it here yet: it needs a systemd; packages/cli/test/notify.e2e.test.ts tests the protocol',
  84: 'no scenario of it here yet: it needs a systemd; packages/cli/test/notify.e2e.test.ts tests the protocol',
}

/** What a row waits for: the feature that it is about is not there. */
export const notYet: Readonly<Record<number, string>> = {
  40: 'HTTP/2 at the front',
  42: 'a limit on the memory of all workers together',
  46: 'drain-delay',
  76: 'upgrade in place (USR2)',
  77: 'upgrade in place (USR2)',
  78: 'upgrade in place (USR2)',
  79: 'upgrade in place (USR2)',
  80: 'upgrade in place (USR2)',
  81: 'upgrade in place (USR2)',
  82: 'systemd: FDSTORE',
  83: 'systemd: notify-reload',
  84: 'systemd: watchdog',
  85: 'the control socket',
  86: 'metrics',
  88: 'log files',
}

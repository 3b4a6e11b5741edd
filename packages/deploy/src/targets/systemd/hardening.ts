import type { Plan } from './plan.ts'

/** What a server of HTTP on Node does not need, and so does not get. `systemd-analyze security` explains each line. */
export function hardening({ inHome }: Plan): readonly string[] {
  return [
    'NoNewPrivileges=yes',
    '# The addresses are opened by systemd: ports below 1024 need no privilege here.',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'ProtectSystem=strict',
    ...(inHome ? ['# The app is in a home.', 'ProtectHome=read-only'] : ['ProtectHome=yes']),
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'DevicePolicy=closed',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    '# Its own processes in /proc are how the arbiter finds out why a worker is silent; those of others are hidden.',
    'ProtectProc=invisible',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RemoveIPC=yes',
    'LockPersonality=yes',
    'KeyringMode=private',
    'UMask=0027',
    '# netlink: to look up which addresses this machine has.',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged',
    'SystemCallErrorNumber=EPERM',
    '# MemoryDenyWriteExecute= must stay off: V8 compiles JavaScript to machine code while it runs.',
    'MemoryDenyWriteExecute=no',
  ]
}

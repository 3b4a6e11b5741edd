/** Where syslog messages go. Unix sockets are those of streams: Node has no others. */
export type SyslogAddress =
  | { readonly transport: 'udp'; readonly host: string; readonly port: number }
  | { readonly transport: 'tcp'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string }

export {
  addressUrl,
  formatAddress,
  parseAddress,
  type Address,
  type TcpAddress,
  type UnixAddress,
} from './address.ts'
export { bindListener } from './bind-listener.ts'
export type { BindOptions, BoundListener } from './bound-listener.ts'
export { openDoor, type Door, type DoorOptions } from './door.ts'
export { listenOn, type Listening } from './listen-on.ts'
export type { Handle } from './native-handle.ts'
export { serveUnix, type ServedSocket } from './serve-unix.ts'

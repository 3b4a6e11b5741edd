export {
  addressUrl,
  formatAddress,
  parseAddress,
  type Address,
  type InheritedAddress,
  type OwnAddress,
  type TcpAddress,
  type UnixAddress,
} from './address.ts'
export { bindListener } from './bind-listener.ts'
export type { BindOptions, BoundListener } from './bound-listener.ts'
export { openDoor, type Door, type DoorOptions } from './door.ts'
export { listenOn, type Listening } from './listen-on.ts'
export {
  describeInherited,
  findInherited,
  inheritanceVariables,
  type Inherited,
  readInherited,
  whyNotServable,
} from './inherited-sockets.ts'
export type { KernelSocket } from './kernel-socket.ts'
export type { Handle } from './native-handle.ts'
export { serveUnix, type ServedSocket } from './serve-unix.ts'

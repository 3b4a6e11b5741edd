export { httpClass, httpClass as default } from './http-class.ts'
export { isPlainFunction, type PlainFunction } from './plain-function.ts'
export { type Listening, pretendToListen } from './pretend-to-listen.ts'
export { serveHttp, type HttpApp } from './serve-http.ts'

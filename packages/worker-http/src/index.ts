export { httpClass, httpClass as default } from './http-class.ts'
export { serveHttp, type HttpApp } from './serve-http.ts'

export { koaClass, koaClass as default, type KoaApp } from './koa-class.ts'

export type { NestApp } from './nest-app.ts'
export { nestClass, nestClass as default } from './nest-class.ts'

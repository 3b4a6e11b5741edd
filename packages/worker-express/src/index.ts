export { expressClass, expressClass as default } from './express-class.ts'

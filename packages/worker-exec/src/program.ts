/** By this file the arbiter knows that the class runs programs. */
export { execClass as default } from './exec-class.ts'

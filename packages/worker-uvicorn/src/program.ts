/** By this file the arbiter knows that the class runs programs. */
export { uvicornClass as default } from './uvicorn-class.ts'

export { uvicornClass, uvicornClass as default } from './uvicorn-class.ts'

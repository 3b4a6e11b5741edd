export { execClass, execClass as default } from './exec-class.ts'
export { findExecutable } from './find-executable.ts'
export { splitWords } from './split-words.ts'

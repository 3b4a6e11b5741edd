export { scriptClass, scriptClass as default } from './script-class.ts'

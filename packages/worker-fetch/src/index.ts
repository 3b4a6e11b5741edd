export {
  type FetchApp,
  fetchClass,
  fetchClass as default,
  type FetchContext,
  type FetchHandler,
} from './fetch-class.ts'

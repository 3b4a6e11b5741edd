/** The tests say nothing that differs between the versions, so that the types of the newest do for all. */
declare module 'express4' {
  export { default } from 'express'
}

declare module 'express4-lowest' {
  export { default } from 'express'
}

declare module 'express5-lowest' {
  export { default } from 'express'
}

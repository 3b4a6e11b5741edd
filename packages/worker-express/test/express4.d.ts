/** The tests say nothing that differs between the majors, so that the types of Express 5 do for 4. */
declare module 'express4' {
  export { default } from 'express'
}

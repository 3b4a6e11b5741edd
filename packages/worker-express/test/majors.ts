import express5 from 'express'
import express4 from 'express4'

/** The lowest and the highest major that the peer dependency allows. */
export const majors = [
  { major: 'Express 4', express: express4 },
  { major: 'Express 5', express: express5 },
] as const

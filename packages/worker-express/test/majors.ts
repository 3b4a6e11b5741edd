import express5 from 'express'
import express4 from 'express4'
import lowest4 from 'express4-lowest'
import lowest5 from 'express5-lowest'

/** The lowest and the highest version of each major that the peer dependency allows. */
export const majors = [
  { major: 'Express 4.18.0', express: lowest4 },
  { major: 'Express 4', express: express4 },
  { major: 'Express 5.0.0', express: lowest5 },
  { major: 'Express 5', express: express5 },
] as const

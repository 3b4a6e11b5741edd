import { type ClassPair, classPair } from './class-pair.ts'

/** Every worker class of ours. */
export const classes: readonly ClassPair[] = [
  classPair('http', { app: 'app.js', bare: 'bare.js' }),
  ...['express', 'fastify', 'hono', 'fetch', 'koa', 'nest'].map((name) =>
    classPair(name, { app: `classes/${name}.js`, bare: `classes/${name}-bare.js` }),
  ),
  classPair('script', { app: 'classes/script.js', bare: 'classes/script.js' }),
]

export type { FastifyApp } from './fastify-app.ts'
export { fastifyClass, fastifyClass as default } from './fastify-class.ts'

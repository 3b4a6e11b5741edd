export { honoClass, honoClass as default, type HonoApp } from './hono-class.ts'

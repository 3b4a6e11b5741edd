export { type Admin, type AdminOptions, startAdmin } from './admin.ts'
export type { AdminSource } from './answers.ts'

export { onClose, waitUntil } from './api.ts'

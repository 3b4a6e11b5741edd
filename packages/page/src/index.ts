import { fileURLToPath } from 'node:url'

/**
 * The folder with the files of the page, for whatever serves them: `index.html`, `page.js`, `page.css` and `icon.svg`. The
 * page asks for `status` and `events` beside it.
 */
export const pageFolder: string = fileURLToPath(new URL('../dist/page/', import.meta.url))

/** The strictest `Content-Security-Policy` under which it works. */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

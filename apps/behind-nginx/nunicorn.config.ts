import { defineConfig } from 'nunicorn'

export default defineConfig({
  app: 'src/app.ts',
  name: 'behind-nginx',
  workers: 2,
  bind: 'unix:/tmp/behind-nginx.sock',
  admin: 'unix:/tmp/behind-nginx-admin.sock',
})

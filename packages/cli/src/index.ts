export { defineConfig, type NunicornConfig } from '@nunicorn/settings'

/** Writes what is derived from the table and checked in; a test fails when it is out of date. */
import { writeFileSync } from 'node:fs'
import { jsonSchema, settingsMarkdown } from '@nunicorn/settings'

writeFileSync(new URL('../SETTINGS.md', import.meta.url), settingsMarkdown())
writeFileSync(
  new URL('../schema.json', import.meta.url),
  `${JSON.stringify(jsonSchema(), null, 2)}\n`,
)

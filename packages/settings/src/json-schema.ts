import type { Json } from './kinds/kind.ts'
import { kinds } from './kinds/kinds.ts'
import { rows, settingNames, type SettingName } from './table.ts'

/** The JSON Schema of a config file. Draft 7, which every editor knows. */
export function jsonSchema(): Json {
  const names = settingNames.filter((name) => rows[name].inFile !== false)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'nunicorn.config.json',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(names.map((name) => [name, settingSchema(name)])),
    },
    additionalProperties: false,
  }
}

function settingSchema(setting: SettingName): Json {
  const row = rows[setting]
  return {
    description: row.help,
    ...(row.default === undefined ? {} : { default: row.default as Json }),
    ...(kinds[row.type].schema(row) as Readonly<Record<string, Json>>),
  }
}

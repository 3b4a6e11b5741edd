import { Document, isMap, isScalar, type Node, type Pair } from 'yaml'

import type { Manifest } from './objects.ts'

/** An expression of a Helm template, as a value of a manifest. */
export function expression(text: string): string {
  return `⟦${text}⟧`
}

/** A manifest as YAML, with the comments that stand at its paths. */
export function yamlOf(
  manifest: Manifest,
  header: readonly string[],
  comments: Readonly<Record<string, string>> = {},
): string {
  const document = new Document(manifest, { aliasDuplicateObjects: false })
  for (const [path, text] of Object.entries(comments)) comment(document, path.split('.'), text)
  if (header.length > 0) document.commentBefore = header.map((line) => ` ${line}`).join('\n')
  return document.toString({ lineWidth: 0 })
}

/** The same as the template of a chart: expressions become those of Helm. */
export function templateOf(yaml: string): string {
  return yaml.replaceAll(
    /"?⟦(.*?)⟧"?/gu,
    (_, inner: string) => `{{${inner.replaceAll('\\"', '"')}}}`,
  )
}

function comment(document: Document, path: readonly string[], text: string): void {
  const key = path.at(-1)
  const parent = document.getIn(path.slice(0, -1).map(step), true) as Node | undefined
  if (!isMap(parent)) throw new Error(`There is nothing to comment at ${path.join('.')}.`)
  const pair = parent.items.find((item) => keyOf(item) === key)
  if (!isScalar(pair?.key)) throw new Error(`There is no ${path.join('.')} to comment.`)
  pair.key.commentBefore = text
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n')
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key
}

function step(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

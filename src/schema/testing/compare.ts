import type { SampleField, Shape } from './samples.ts'

/**
 * A value as plain JSON that `deepEqual` compares whatever class it comes from; maps keep the order
 * of their entries.
 */
export function comparable(value: unknown): unknown {
  if (value === undefined) return 'undefined'
  if (Object.is(value, -0)) return 0
  if (value instanceof Uint8Array) return `bytes ${[...value]}`
  if (value instanceof Map) return [...value].map(([key, inner]) => [key, comparable(inner)])
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).map(([name, inner]) => [name, comparable(inner)])
}

/** Who looks: at everything, or as this player, or as nobody in particular. */
export interface Eye {
  readonly store?: boolean
  readonly player?: string
}

function fieldsAs(
  fields: Readonly<Record<string, SampleField>>,
  value: object,
  eye: Eye,
  owner: string | undefined,
): unknown {
  return Object.entries(value).map(([name, inner]) => {
    const field = fields[name]
    if (field === undefined) return [name, comparable(inner)]
    const own = owner !== undefined && owner === eye.player
    const seen = field.hidden === '' || eye.store === true || (field.hidden === 'own' && own)
    return [name, seen ? visible(field.sample.shape, inner, eye, owner) : 'undefined']
  })
}

/**
 * What `eye` may see of a value, as `comparable` shows it: the rule of hidden fields, told again.
 */
export function visible(shape: Shape, value: unknown, eye: Eye, owner?: string): unknown {
  if (value === undefined || shape.kind === 'scalar') return comparable(value)
  if (shape.kind === 'optional') return visible(shape.of.shape, value, eye, owner)
  if (shape.kind === 'list') {
    return (value as unknown[]).map((item) => visible(shape.of.shape, item, eye, owner))
  }
  if (shape.kind === 'map') {
    const entries = [...(value as Map<string, unknown>)]
    return entries.map(([key, inner]) => [key, visible(shape.of.shape, inner, eye, key)])
  }
  if (shape.kind === 'record') return fieldsAs(shape.fields, value as object, eye, owner)
  const variant = shape.variants[(value as { type: string }).type] as Shape
  return visible(variant, value, eye, owner)
}

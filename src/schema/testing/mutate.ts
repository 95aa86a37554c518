import type { Dice } from './dice.ts'
import { type Sample, type SampleField, type Shape, sampleKeys } from './samples.ts'

type Holder = Record<string, unknown>

function mutateMap(of: Sample, target: Map<string, unknown>, dice: Dice): void {
  const key = dice.pick(sampleKeys)
  const action = dice.roll(8)
  if (action === 0) target.clear()
  else if (action <= 2) target.delete(key)
  else if (action <= 5 && target.has(key)) mutateWithin(of.shape, target.get(key), dice)
  else if (target.has(key) || target.size < 5) target.set(key, of.make(dice))
}

function mutateList(of: Sample, target: unknown[], dice: Dice): void {
  const index = target.length === 0 ? 0 : dice.roll(target.length)
  const room = 12 - target.length
  switch (dice.roll(10)) {
    case 0:
      if (room > 0) target.push(of.make(dice))
      return
    case 1:
      target.pop()
      return
    case 2:
      target.shift()
      return
    case 3:
      if (room > 1) target.unshift(of.make(dice), of.make(dice))
      return
    case 4:
      target.splice(index, dice.roll(3), of.make(dice))
      return
    case 5:
      target.reverse()
      return
    case 6:
      if (of.shape.kind === 'scalar') target.sort()
      return
    case 7:
      target.length = index
      return
    case 8:
      target[index] = of.make(dice)
      return
    default:
      if (index < target.length) mutateWithin(of.shape, target[index], dice)
  }
}

/** Changes something within `target`: the same in a tracked state and in its plain model. */
export function mutateWithin(shape: Shape, target: unknown, dice: Dice): void {
  if (target === undefined) return
  if (shape.kind === 'optional') mutateWithin(shape.of.shape, target, dice)
  else if (shape.kind === 'map') mutateMap(shape.of, target as Map<string, unknown>, dice)
  else if (shape.kind === 'list') mutateList(shape.of, target as unknown[], dice)
  else if (shape.kind === 'record') mutateRecord(shape.fields, target as Holder, dice)
  else if (shape.kind === 'union') {
    const variant = shape.variants[(target as { type: string }).type]
    if (variant !== undefined) mutateWithin(variant, target, dice)
  }
}

function mutateRecord(
  fields: Readonly<Record<string, SampleField>>,
  target: Holder,
  dice: Dice,
): void {
  const name = dice.pick(Object.keys(fields))
  const sample = fields[name]?.sample
  if (sample === undefined) return
  const inner = sample.shape.kind === 'scalar' ? undefined : target[name]
  if (inner !== undefined && dice.roll(4) > 0) mutateWithin(sample.shape, inner, dice)
  else target[name] = sample.make(dice)
}

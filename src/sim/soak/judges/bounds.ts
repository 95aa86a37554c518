import type { Stage } from '../stage.ts'

/** Nodes with small limits are looked at more often: there something may be full. */
const smallLimitsMs = 50
const usualMs = 1_000

/** Looks again and again whether anything at any node is above the limit it was given. */
export function watchBounds(stage: Stage): void {
  const { limits } = stage.plan
  const stated: Readonly<Record<string, number | undefined>> = {
    ...limits?.host,
    ...limits?.gate,
    ...limits?.node.links,
  }
  const periodMs = limits === undefined ? usualMs : smallLimitsMs
  const look = (): void => {
    for (const { realm, plan } of stage.up()) {
      if (realm === undefined) continue
      const gates = 'gate' in realm ? [realm.gate] : []
      for (const part of [realm.node, realm.host, ...gates]) {
        for (const { limit, of, size, max } of part.fills()) {
          const limitOf = stated[limit] ?? max
          if (size <= limitOf) continue
          const text = `${size} in ${of} at ${plan.name}, where ${limit} is ${limitOf}`
          stage.verdicts.report('stuck', text)
        }
      }
    }
    stage.later(periodMs, look)
  }
  look()
}

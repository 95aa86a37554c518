import type { Field } from '../record.ts'

/**
 * Who a tracked state is written for: `store` sees everything, `public` no hidden field, `own` what
 * is public and the `ownOnly` fields of that player. With `privateOnly` a delta holds nothing but
 * that player's hidden changes: it follows the public delta, which is encoded once for everybody.
 */
export type View =
  | { readonly scope: 'store' }
  | { readonly scope: 'public' }
  | { readonly scope: 'own'; readonly player: string; readonly privateOnly?: boolean }

/** A view as the writers use it. */
export interface Sight {
  readonly store: boolean
  readonly player: string | undefined
}

export function sightOf(view: View): Sight {
  return { store: view.scope === 'store', player: view.scope === 'own' ? view.player : undefined }
}

/** Whether `ownOnly` fields belonging to `owner` are seen. */
export function seesOwn(sight: Sight, owner: string | undefined): boolean {
  return sight.store || (owner !== undefined && owner === sight.player)
}

/** Whether a field of a record belonging to `owner` is seen. */
export function sees(sight: Sight, field: Field, owner: string | undefined): boolean {
  if (field.visibility === 'public') return true
  return field.visibility === 'own' ? seesOwn(sight, owner) : sight.store
}

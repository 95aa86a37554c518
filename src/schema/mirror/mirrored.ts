import type { Variants } from '../collections.ts'
import type { Fields } from '../record.ts'
import type { Infer, Simplify, Type } from '../type.ts'

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

/** A mirrored map: a `Map` that is only read, and tells what happens to its entries. */
export interface MirroredMap<V> extends ReadonlyMap<string, V> {
  /** Called for every entry that is there now, at once, and for every one that comes later. */
  onAdd(listener: (key: string, value: V) => void): Unsubscribe
  /** Called after anything within an entry changed, once per update. */
  onChange(listener: (key: string, value: V) => void): Unsubscribe
  /** Called after an entry is gone, with its last value. */
  onRemove(listener: (key: string, value: V) => void): Unsubscribe
}

/** A mirrored list: an array that is only read. */
export interface MirroredList<V> extends ReadonlyArray<V> {
  /** Called after anything within the list changed, once per update. */
  onChange(listener: () => void): Unsubscribe
}

/** A mirrored record: a plain object that is only read. */
export type MirroredRecord<T> = { readonly [K in keyof T]: Mirrored<T[K]> } & {
  /** Called after fields, or anything within them, changed: once per update, with their names. */
  onChange(listener: (fields: readonly (keyof T & string)[]) => void): Unsubscribe
}

/** A state as a client sees it: the same fields, read-only, with listeners. */
export type Mirrored<T> = T extends Uint8Array
  ? T
  : T extends ReadonlyMap<string, infer V>
    ? MirroredMap<Mirrored<V>>
    : T extends readonly (infer V)[]
      ? MirroredList<Mirrored<V>>
      : T extends object
        ? MirroredRecord<T>
        : T

type VisibleKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly kind: 'serverOnly' } ? never : K
}[keyof F]

type MissableKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly kind: 'optional' | 'ownOnly' } ? K : never
}[keyof F]

/** A record's fields as a client sees them: `serverOnly` ones are gone, `ownOnly` ones may be. */
export type VisibleFields<F extends Fields> = Simplify<
  { [K in Exclude<VisibleKeys<F>, MissableKeys<F>>]: InferVisible<F[K]> } & {
    [K in MissableKeys<F>]?: InferVisible<F[K]>
  }
>

/** The value of a type as a client sees it. */
export type InferVisible<S extends Type<unknown>> = S extends {
  readonly kind: 'record'
  readonly fields: infer F extends Fields
}
  ? VisibleFields<F>
  : S extends { readonly kind: 'map'; readonly of: infer V extends Type<unknown> }
    ? Map<string, InferVisible<V>>
    : S extends { readonly kind: 'list'; readonly of: infer V extends Type<unknown> }
      ? InferVisible<V>[]
      : S extends { readonly kind: 'optional'; readonly of: infer V extends Type<unknown> }
        ? InferVisible<V> | undefined
        : S extends { readonly kind: 'ownOnly'; readonly of: infer V extends Type<unknown> }
          ? InferVisible<V> | undefined
          : S extends { readonly kind: 'union'; readonly variants: infer V extends Variants }
            ? VisibleVariants<V>
            : Infer<S>

type VisibleVariants<V extends Variants> = {
  [K in keyof V & string]: Simplify<{ readonly type: K } & VisibleFields<V[K]['fields']>>
}[keyof V & string]

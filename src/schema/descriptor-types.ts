/** Kinds of types without a parameter. */
export type PlainKind =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'f32'
  | 'f64'
  | 'varint'
  | 'bool'
  | 'entityId'

/** One field of a record. `index` names it on the wire and stays when other fields are left out. */
export interface FieldDescriptor {
  readonly name: string
  readonly index: number
  readonly type: TypeDescriptor
}

/** A type as plain JSON: what a server sends a client and what a stored blob is migrated by. */
export type TypeDescriptor =
  | { readonly kind: PlainKind }
  | { readonly kind: 'fixed'; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: 'angle'; readonly bits: number }
  | { readonly kind: 'text'; readonly max: number }
  | { readonly kind: 'bytes'; readonly max: number }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'optional' | 'ownOnly' | 'serverOnly'; readonly of: TypeDescriptor }
  | { readonly kind: 'record'; readonly fields: readonly FieldDescriptor[] }
  | { readonly kind: 'list'; readonly of: TypeDescriptor; readonly max: number }
  | {
      readonly kind: 'map'
      readonly of: TypeDescriptor
      readonly max: number
      readonly keyMax: number
    }
  | {
      readonly kind: 'union'
      readonly variants: readonly { readonly name: string; readonly type: TypeDescriptor }[]
    }

/** The kind of a type, such as `'u8'` or `'record'`. */
export type TypeKind = TypeDescriptor['kind']

export {
  hashOf,
  type Migration,
  type MigrationStep,
  migrateBlob,
  type OpenedBlob,
  openBlob,
  sealBlob,
} from './blob.ts'
export { decode, encode } from './codec.ts'
export {
  type InferVariants,
  type ListType,
  list,
  type MapType,
  map,
  type OptionalType,
  optional,
  type UnionType,
  union,
  type Variants,
} from './collections.ts'
export { publicDescriptor, typeFromDescriptor } from './descriptor.ts'
export type { FieldDescriptor, TypeDescriptor, TypeKind } from './descriptor-types.ts'
export { schemaHash } from './hash.ts'
export { toJson } from './json.ts'
export { migrateValue } from './migrate.ts'
export { Mirror } from './mirror/mirror.ts'
export type {
  InferVisible,
  Mirrored,
  MirroredList,
  MirroredMap,
  MirroredRecord,
  Unsubscribe,
  VisibleFields,
} from './mirror/mirrored.ts'
export {
  angle,
  bool,
  entityId,
  f32,
  f64,
  fixed,
  i8,
  i16,
  i32,
  u8,
  u16,
  u32,
  varint,
} from './numbers.ts'
export { Reader } from './reader.ts'
export {
  type Fields,
  type InferFields,
  type OwnOnlyType,
  ownOnly,
  type RecordType,
  record,
  type ServerOnlyType,
  serverOnly,
} from './record.ts'
export { bytes, choice, text } from './text.ts'
export { Tracked } from './tracked/tracked.ts'
export type { View } from './tracked/view.ts'
export type { Infer, Type } from './type.ts'
export { Writer } from './writer.ts'

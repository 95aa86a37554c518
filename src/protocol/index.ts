export { checksum } from './checksum.ts'
export {
  type CommandHead,
  isCommand,
  isNumberedCommand,
  readCommand,
} from './command-message.ts'
export { defineMessages, type MessageOf } from './envelope.ts'
export type * from './face.ts'
export type {
  BlockDescriptor,
  BlockKind,
  CallDescriptor,
  CommandDescriptor,
  EventDescriptor,
  Manifest,
  WorldDescriptor,
} from './manifest.ts'
export * from './messages.ts'
export {
  FindRoom,
  FoundRoom,
  matchmakerAddress,
  matchmakerMethod,
  RoomList,
  RoomReport,
} from './rooms.ts'
export { seenPerTick } from './seen.ts'
export { angleDifference, angleIndex } from './tile-angle.ts'
export {
  absoluteForm,
  crossingsWord,
  positionBits,
  positionFormOf,
  selectionForm,
  selectionOfAll,
  turnBits,
  turnOf,
  turnTooFar,
  visibleFieldsMax,
} from './tile-delta.ts'
export { type DesyncDifference, type DesyncReport, desyncText } from './tile-desync.ts'
export {
  clampedTile,
  distanceToTiles,
  type TileGrid,
  tileAt,
  tileGrid,
} from './tile-grid.ts'
export {
  defaultPrecision,
  type TileLayout,
  type TileStreamDescriptor,
  tileLayout,
  tilesMax,
} from './tile-layout.ts'
export type { SeenEntity, UnseenReason } from './tile-seen.ts'
export { TileStream } from './tile-stream.ts'
export {
  checksumPartBytes,
  droppedPartBytes,
  proofPartBytes,
  readWorldFrameHead,
  type TilePart,
  tileControl,
  tilePart,
  tilePartBytes,
  tilePartHeadBytes,
  type WorldFrameHead,
  worldFrameBytes,
  worldMessageBytes,
  writeTilePartHead,
  writeVarint,
  writeWorldFrameHead,
  writeWorldMessageHead,
} from './world-frame.ts'

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
export {
  clampedTile,
  distanceToTiles,
  type TileGrid,
  tileAt,
  tileGrid,
} from './tile-grid.ts'
export {
  defaultPrecision,
  deltaFlags,
  positionForm,
  type SeenEntity,
  type TileLayout,
  TileStream,
  type TileStreamDescriptor,
  tileLayout,
  tilesMax,
  type UnseenReason,
  visibleFieldsMax,
} from './tile-stream.ts'
export {
  readWorldFrameHead,
  type TilePart,
  tilePart,
  tilePartBytes,
  varintBytes,
  type WorldFrameHead,
  worldFrameBytes,
  worldMessageBytes,
  writeWorldFrameHead,
  writeWorldMessageHead,
} from './world-frame.ts'

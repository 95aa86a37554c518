export {
  defineRoom,
  type EventShapes,
  type Room,
  type RoomDefinition,
  type RoomHandlers,
  type RoomShape,
} from './define.ts'

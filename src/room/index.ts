export {
  defineRoom,
  type Room,
  type RoomDefinition,
  type RoomHandlers,
  type RoomShape,
} from './define.ts'

export { RealmError } from '../errors/index.ts'
export type { DesyncDifference, DesyncReport } from '../protocol/index.ts'
export type { Mirrored, MirroredList, MirroredMap, MirroredRecord } from '../schema/index.ts'
export type { Bot, BotScript } from './bot.ts'
export { type ConnectOptions, connect } from './connect.ts'
export type { Off } from './emitter.ts'
export { emulate, type NetworkConditions, type NetworkEmulation } from './emulate.ts'
export type {
  ClientClock,
  ClientTimer,
  FetchLike,
  HostOptions,
  SocketConstructor,
  SocketLike,
  StorageLike,
} from './host.ts'
export type { LoginOptions, QueuePlace } from './login.ts'
export type { Status } from './session-parts.ts'
export type { Traffic } from './traffic.ts'
export type {
  Actors,
  AvatarState,
  CallOptions,
  Calls,
  Commands,
  FaceOf,
  JoinedRoom,
  JoinedWorld,
  LeftCode,
  Prediction,
  PredictOptions,
  Realm,
  RoomListing,
  RoomOf,
  Rooms,
  Seen,
  WatchedActor,
  WorldOf,
  WorldPlace,
  Worlds,
} from './types.ts'
export { lerp, lerpAngle } from './world/track.ts'

export { bind, portsCanBeShared, probePort } from './bind.ts'
export { errorResponse } from './http.ts'
export { webSocketListener } from './listener.ts'
export type { WebSocketListenerOptions } from './options.ts'

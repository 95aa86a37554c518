export { createNode, type NodeOptions } from './create-node.ts'
export { defineMessage, type MessageCodec, type MessageKind } from './message.ts'
export type { Address, ClusterNode, Ownership } from './node.ts'

import { type SchemaType, schema, t } from '@colyseus/schema'

/** What a client may know of an avatar: five bytes, the same as for every contender. */
export const Avatar = schema({ x: t.int16(), y: t.int16(), facing: t.uint8() }, 'Avatar')
export type Avatar = SchemaType<typeof Avatar>

export const PlazaState = schema({ tick: t.uint32(), avatars: t.map(Avatar).view() }, 'PlazaState')
export type PlazaState = SchemaType<typeof PlazaState>

/** The message type of commands: a number, which takes one byte where a name would take more. */
export const COMMAND_TYPE = 1

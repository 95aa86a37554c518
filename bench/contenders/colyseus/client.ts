import { Client } from '@colyseus/sdk'
import {
  COMMAND_BYTES,
  type ContenderClient,
  type SampledClient,
  type ServerAddress,
} from '../../lib/contender.ts'
import { writeCommand } from '../../scene.ts'
import { COMMAND_TYPE, PlazaState } from './state.ts'

/** The protocol's message codes that a client meets on the way into a room. */
const JOIN_ROOM = 10
const ROOM_DATA_BYTES = 17
const HEADER_BYTES = 2

interface SeatReservation {
  readonly sessionId: string
  readonly roomId: string
  readonly processId: string
}

async function reserve({ host, port }: ServerAddress, slot: number): Promise<SeatReservation> {
  const response = await fetch(`http://${host}:${port}/matchmake/join/plaza`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ slot }),
  })
  if (!response.ok) throw new Error(`no seat: ${response.status} ${await response.text()}`)
  return (await response.json()) as SeatReservation
}

async function sample({ host, port }: ServerAddress, slot: number): Promise<SampledClient> {
  const room = await new Client(`http://${host}:${port}`).join('plaza', { slot }, PlazaState)
  const body = new Uint8Array(COMMAND_BYTES - HEADER_BYTES)
  return {
    command: (sequence, turn) => {
      writeCommand(body, sequence, turn)
      room.sendBytes(COMMAND_TYPE, body)
    },
    observe: (wanted, seen) => {
      room.onStateChange((state) => {
        if (!wanted()) return
        const entries = [...state.avatars.entries()]
        seen({
          tick: state.tick,
          avatars: entries.map(([key]) => Number(key)),
          x: entries.map(([, avatar]) => avatar.x),
          y: entries.map(([, avatar]) => avatar.y),
          facing: entries.map(([, avatar]) => avatar.facing),
        })
      })
    },
  }
}

export const contender: ContenderClient = {
  toleranceQuanta: 0,
  sample,
  seat: async (address, slot) => {
    const { processId, roomId, sessionId } = await reserve(address, slot)
    return {
      path: `/${processId}/${roomId}?sessionId=${sessionId}`,
      opened: () => [],
      received: (message) =>
        message[0] === JOIN_ROOM
          ? { send: [new Uint8Array([JOIN_ROOM])], joined: true }
          : { send: [], joined: false },
      command: (sequence, turn) => {
        const message = new Uint8Array(COMMAND_BYTES)
        message[0] = ROOM_DATA_BYTES
        message[1] = COMMAND_TYPE
        writeCommand(message.subarray(HEADER_BYTES), sequence, turn)
        return message
      },
    }
  },
}

import { once } from 'node:events'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/index.ts'
import type game from '../cluster/game.ts'

const CALL_MS = 100
const ECHO_BYTES = 20

/** What players who were inside before have felt since it was last taken. */
export interface Felt {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}

export interface Players {
  taken(): Felt
  close(): void
}

/** A player who asks and hears the answer. */
interface Player {
  ask(): Promise<unknown>
  close(): void
}

/** Players of a game who call an actor each, which lives at another node. */
export function callers(port: number, count: number): Promise<Players> {
  return playing(count, async (index) => {
    const credentials = `inside-${index}`
    const realm = await connect<typeof game>(`http://127.0.0.1:${port}`, { credentials })
    const worker = realm.actors.worker.at(credentials)
    return { ask: () => worker.call.look(), close: () => realm.close() }
  })
}

/** Players whose bare sockets get back what they send. */
export function echoers(port: number, count: number): Promise<Players> {
  return playing(count, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
    await once(socket, 'open')
    const bytes = new Uint8Array(ECHO_BYTES)
    const heard: (() => void)[] = []
    socket.on('message', () => heard.shift()?.())
    const ask = (): Promise<void> =>
      new Promise((resolve) => {
        heard.push(resolve)
        socket.send(bytes)
      })
    return { ask, close: () => socket.terminate() }
  })
}

async function playing(count: number, join: (index: number) => Promise<Player>): Promise<Players> {
  const players = await Promise.all(Array.from({ length: count }, (_, index) => join(index)))
  let tookMs: number[] = []
  let failed = 0
  const ask = (player: Player): void => {
    const begin = performance.now()
    player.ask().then(
      () => tookMs.push(performance.now() - begin),
      () => {
        failed += 1
      },
    )
  }
  let begun: NodeJS.Timeout[] = []
  // They ask at different times, as players do.
  const timers = players.map((player, index) =>
    setTimeout(
      () => begun.push(setInterval(() => ask(player), CALL_MS)),
      (CALL_MS * index) / count,
    ),
  )
  return {
    taken: () => {
      const sorted = tookMs.sort((a, b) => a - b)
      const part = (share: number) => sorted[Math.floor(share * sorted.length)] ?? Number.NaN
      const taken = { p50Ms: part(0.5), p99Ms: part(0.99), failed }
      tookMs = []
      failed = 0
      return taken
    },
    close: () => {
      for (const timer of [...timers, ...begun]) clearTimeout(timer)
      begun = []
      for (const player of players) player.close()
    },
  }
}

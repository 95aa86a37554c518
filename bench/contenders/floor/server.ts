/** The floor: what sockets alone cost. Bare `ws`, one frame of a given size per client and tick. */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { everyTick, serve } from '../../lib/serve.ts'
import { readTurn, TICK_HZ } from '../../scene.ts'

/** Odd numbers, so that sizes go round over both clients and ticks. */
const CLIENT_STRIDE = 7
const TICK_STRIDE = 13

await serve(async (scene, { frameBytes }) => {
  const payload = crypto.getRandomValues(new Uint8Array(Math.max(...frameBytes)))
  const frames = frameBytes.map((bytes) => payload.subarray(0, bytes))
  const clients = new Map<number, WebSocket>()
  let clientTicks = 0

  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 4_096 })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket, request) => {
    const avatar = Number(request.url?.slice(1))
    clients.set(avatar, socket)
    socket.on('message', (data: Buffer) => scene.turn(avatar, readTurn(data, 0)))
    socket.on('close', () => clients.delete(avatar))
    socket.on('error', () => socket.terminate())
    socket.send(new Uint8Array([1]))
  })

  everyTick(TICK_HZ, () => {
    scene.step()
    for (const [avatar, socket] of clients) {
      const index = (avatar * CLIENT_STRIDE + scene.tick * TICK_STRIDE) % frames.length
      socket.send(frames[index] ?? payload)
      clientTicks++
    }
  })

  return {
    port: (server.address() as AddressInfo).port,
    totals: () => ({ clientTicks, ticks: scene.tick }),
  }
})

/** Colyseus: one room, a StateView for each client, changed only when interest changes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Client, matchMaker, Room, Server } from '@colyseus/core'
import { Encoder, StateView } from '@colyseus/schema'
import { WebSocketTransport } from '@colyseus/ws-transport'
import { serve } from '../../lib/serve.ts'
import { readTurn, type Scene, TICK_HZ } from '../../scene.ts'
import { createInterest } from './interest.ts'
import { Avatar, COMMAND_TYPE, PlazaState } from './state.ts'

const TICK_MS = 1000 / TICK_HZ
/** Room for all views of one patch: with less, the encoder warns and copies while it grows. */
Encoder.BUFFER_SIZE = 8 * 1024 * 1024

/** Filled before the room is made; a room's own options would go through the matchmaker. */
let scene: Scene
const totals = { clientTicks: 0, ticks: 0 }

class PlazaRoom extends Room<{ state: PlazaState }> {
  override autoDispose = false
  override patchRate = TICK_MS
  override state = new PlazaState()
  private readonly avatars: Avatar[] = []
  private readonly views: (StateView | undefined)[] = []
  private readonly interest = createInterest(scene, (a, b, visible) => {
    this.show(a, b, visible)
    this.show(b, a, visible)
  })

  override onCreate(): void {
    for (let slot = 0; slot < scene.avatars; slot++) {
      const avatar = new Avatar()
      this.avatars.push(avatar)
      this.state.avatars.set(String(slot), avatar)
    }
    this.tick()
    this.onMessageBytes(COMMAND_TYPE, (client: Client, body: Uint8Array) => {
      scene.turn(client.userData as number, readTurn(body, 0))
    })
    this.setTimestep(() => this.tick(), TICK_MS)
  }

  override onJoin(client: Client, { slot }: { slot: number }): void {
    const view = new StateView()
    client.userData = slot
    client.view = view
    this.views[slot] = view
    for (const [other, avatar] of this.avatars.entries()) {
      if (other === slot || this.interest.sees(slot, other)) view.add(avatar)
    }
  }

  override onLeave(client: Client): void {
    this.views[client.userData as number] = undefined
    client.view?.dispose()
  }

  override onBeforePatch(): void {
    totals.ticks++
    totals.clientTicks += this.clients.length
  }

  private show(viewer: number, seen: number, visible: boolean): void {
    const view = this.views[viewer]
    const avatar = this.avatars[seen]
    if (view === undefined || avatar === undefined) return
    if (visible) view.add(avatar)
    else view.remove(avatar)
  }

  private tick(): void {
    scene.step()
    this.state.tick = scene.tick
    for (const [slot, avatar] of this.avatars.entries()) {
      avatar.x = scene.x[slot] ?? 0
      avatar.y = scene.y[slot] ?? 0
      avatar.facing = scene.facing[slot] ?? 0
    }
    this.interest.update()
  }
}

await serve(async (created) => {
  scene = created
  const http = createServer()
  const transport = new WebSocketTransport({ server: http })
  const server = new Server({ greet: false, transport })
  server.define('plaza', PlazaRoom)
  await server.listen(0, '127.0.0.1')
  await matchMaker.createRoom('plaza', {})
  return {
    port: (http.address() as AddressInfo).port,
    totals: () => ({ ...totals }),
  }
})

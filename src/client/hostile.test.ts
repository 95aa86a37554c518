import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { serverMessages } from '../protocol/index.ts'
import { demo } from './test-kit/demo-client.ts'
import { block } from './test-kit/demo-game.ts'

describe('odd bytes of a server', () => {
  it('cost the socket, and the session goes on', async () => {
    const { realm, server, clock, statuses, errors } = await demo()
    const { session } = server
    session.socket?.send(Uint8Array.of(250, 1, 2))
    await clock.advance(3000)
    assert.deepEqual(statuses, ['reconnecting', 'connected'])
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['PROTOCOL_GARBAGE'],
    )
    assert.equal(server.session, session)
    assert.equal(realm.status, 'connected')
  })

  it('that come again after every resume cost the session', async () => {
    const { realm, server, clock, wait } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const { session } = server
    const poison = { channel: session.channelOf(block.plaza), event: 77, payload: new Uint8Array() }
    session.event(poison)
    await clock.advance(10_000)
    assert.notEqual(server.session, session)
    assert.equal(realm.status, 'connected')
    assert.equal(plaza.state.round, 0)
  })

  it('that no message begins with, after every resume, cost the session as well', async () => {
    const { realm, server, clock } = await demo()
    const { session } = server
    server.onWelcome = ({ socket }) => socket?.send(Uint8Array.of(250))
    server.cut()
    await clock.advance(10_000)
    assert.notEqual(server.session, session)
    assert.equal(realm.status, 'connected')
  })

  it('in a state lead to a fresh one', async () => {
    const { realm, server, clock, wait, errors } = await demo()
    const plaza = await wait(realm.rooms.plaza.create())
    const channel = server.session.channelOf(block.plaza)
    server.session.send('stateDelta', { channel, delta: Uint8Array.of(255, 255, 255) })
    await clock.advance(5000)
    assert.equal(errors.length, 1, 'at once, for a repetition would not mend it')
    server.room(plaza.id).tracked.state['round'] = 4
    server.sync(plaza.id)
    await clock.advance(100)
    assert.equal(plaza.state.round, 4)
  })

  it('never throw out of the socket and never keep the client from coming back', async () => {
    const codes = Object.values(serverMessages.table).map(({ code }) => code)
    const message = fc
      .tuple(fc.constantFrom(...codes, 0, 200), fc.uint8Array({ maxLength: 40 }))
      .map(([code, body]) => Uint8Array.of(code, body.length, ...body))
    const noise = fc.array(fc.oneof(message, fc.uint8Array({ maxLength: 30 })), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(noise, async (messages) => {
        const { realm, server, clock, wait } = await demo()
        const plaza = await wait(realm.rooms.plaza.create())
        const frontier = await wait(realm.worlds.frontier.join())
        for (const bytes of messages) {
          for (const { socket } of server.sessions.values()) socket?.send(bytes)
          await clock.advance(300)
        }
        await clock.advance(30_000)
        if (realm.status === 'closed') return
        assert.equal(realm.status, 'connected')
        assert.ok(plaza.state.avatars.size >= 0)
        assert.ok(frontier.entities.size >= 0)
        realm.close()
      }),
      { numRuns: 150 },
    )
  })

  it('said before the welcome fail the connection', async () => {
    const bye = serverMessages.encode('bye', { error: 'PROTOCOL_VERSION', detail: '9' })
    for (const bytes of [Uint8Array.of(1), bye]) {
      const { server, clock } = await demo()
      const { WebSocket } = server
      class Odd extends WebSocket {
        override send(): void {
          this.onmessage?.({ data: bytes.slice().buffer } as never)
        }
      }
      const connecting = demo({ server, WebSocket: Odd })
      const code = bytes === bye ? 'PROTOCOL_VERSION' : 'PROTOCOL_GARBAGE'
      await assert.rejects(connecting, { code })
      assert.ok(clock.timers >= 0)
    }
  })
})

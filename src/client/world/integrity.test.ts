import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DesyncReport } from '../../protocol/index.ts'
import { demo } from '../test-kit/demo-client.ts'
import { block } from '../test-kit/demo-game.ts'
import { check, frame, keyframe, type Placed, proof } from '../test-kit/tile-bytes.ts'

const player: Placed = { slot: 0, id: 1, x: 5, y: 5, facing: 0 }
const wolf: Placed = { slot: 1, id: 2, x: 6, y: 6, hp: 30 }
const all = [player, wolf]

/** A joined world that shows both, and a way to send it a frame and let it arrive. */
async function joined() {
  const made = await demo()
  const world = await made.wait(made.realm.worlds.frontier.join())
  let tick = 100
  const send = async (...parts: Uint8Array[]) => {
    const channel = made.server.session.channelOf(block.frontier)
    made.server.session.send('world', frame({ channel, tick: tick++ }, ...parts))
    await made.clock.advance(100)
  }
  await send(keyframe(0, all))
  /** Game code that writes where it was only to read. */
  const tamper = (hp: number) => {
    const seen = world.entities.get(2) as unknown as { fields: { hp: number } }
    seen.fields.hp = hp
  }
  return { ...made, world, send, tamper }
}

describe('a world that is checked', () => {
  it('says nothing where it is as it should be', async () => {
    const { server, send, errors } = await joined()
    await send(check(0, all))
    assert.deepEqual(server.suspicions, [])
    assert.deepEqual(errors, [])
  })

  it('asks for the truth once, takes it over and tells what was wrong', async () => {
    const { server, send, world, tamper, errors } = await joined()
    const reports: DesyncReport[] = []
    const off = world.onDesync((report) => reports.push(report))
    tamper(99)
    await send(check(0, all))
    await send(check(0, all))
    const channel = server.session.channelOf(block.frontier)
    assert.deepEqual(server.suspicions, [{ channel, stream: 0, tick: 101 }])
    await send(proof(0, all))
    assert.equal(world.entities.get(2)?.fields.hp, 30)
    assert.deepEqual(
      reports.map(({ tile, tick, differences }) => ({ tile, tick, differences })),
      [{ tile: 0, tick: 103, differences: [{ entity: 2, field: 'hp', mine: 99, theirs: 30 }] }],
    )
    assert.match(server.reports[0]?.report ?? '', /entity 2 hp: 99 instead of 30/)
    assert.equal(server.reports.length, 1)
    assert.equal(errors.length, 0)
    off()
    tamper(98)
    await send(check(0, all))
    await send(proof(0, all))
    assert.equal(server.suspicions.length, 2, 'the next time it asks again')
    assert.equal(reports.length, 1)
    assert.equal(errors[0]?.code, 'WORLD_DESYNC')
  })

  it('asks again where no proof comes', async () => {
    const { server, send, tamper, clock } = await joined()
    tamper(99)
    for (let checks = 0; checks < 6; checks++) {
      await send(check(0, all))
      await clock.advance(1900)
    }
    assert.equal(server.suspicions.length, 2)
  })

  it('asks nothing of a connection that is away', async () => {
    const { server, send, tamper, clock } = await joined()
    tamper(99)
    server.cut()
    await clock.advance(3000)
    await send(keyframe(0, all), check(0, all))
    assert.deepEqual(server.suspicions, [])
  })
})

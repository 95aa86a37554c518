import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simWorld } from '../sim/index.ts'
import { type Ending, Keeper, type KeeperEvent, type Life } from './keeper.ts'

/** A life that a test leads. */
class LedLife implements Life {
  readonly pid = 1
  readonly told: string[] = []
  work: () => void = () => {}
  end: (ending: Ending) => void = () => {}
  readonly ready = new Promise<void>((resolve) => {
    this.work = resolve
  })
  readonly ended = new Promise<Ending>((resolve) => {
    this.end = resolve
  })
  hangs = false
  stop = (): void => void this.told.push('stop')
  ping = (answered: () => void): void => {
    if (!this.hangs) answered()
  }
  kill = (): void => {
    this.told.push('kill')
    this.end({ code: null, signal: 'SIGKILL' })
  }
}

const crash: Ending = { code: 1, signal: null }
const done: Ending = { code: 0, signal: null }

function keeping() {
  const sim = simWorld('keeper')
  const supervisor = sim.process('supervisor')
  const lives: LedLife[] = []
  const events: KeeperEvent[] = []
  const keeper = new Keeper({
    clock: supervisor.clock,
    launch: () => {
      const life = new LedLife()
      lives.push(life)
      return life
    },
    tell: (event) => events.push(event),
    stopTimeoutMs: 5000,
    hangTimeoutMs: 10_000,
  })
  keeper.start()
  const last = (): LedLife => lives.at(-1) as LedLife
  /** Ends the last life, and lets its successor start. */
  const crashOnce = async (waitMs: number): Promise<void> => {
    last().end(crash)
    await sim.run(waitMs)
  }
  return { sim, supervisor, keeper, lives, events, last, crashOnce }
}

describe('keeping a process', () => {
  it('starts it again, later each time, and parks what ends again and again', async () => {
    const { keeper, lives, events, crashOnce } = keeping()
    for (const waitMs of [200, 400, 800, 1600, 3200]) {
      const before = lives.length
      await crashOnce(waitMs - 10)
      assert.equal(keeper.state, 'waiting')
      assert.equal(lives.length, before)
      await crashOnce(20)
      assert.equal(lives.length, before + 1)
    }
    await crashOnce(50_000)
    assert.equal(keeper.state, 'parked')
    assert.equal(events.at(-1)?.kind, 'parked')
    await crashOnce(11_000)
    assert.equal(keeper.state, 'starting')
    assert.equal(keeper.restarts, 6)
  })

  it('forgives what has worked for a minute', async () => {
    const { sim, keeper, events, last, crashOnce } = keeping()
    for (const waitMs of [210, 410, 810]) await crashOnce(waitMs)
    last().work()
    await sim.run(61_000)
    assert.equal(keeper.state, 'ready')
    await crashOnce(10)
    assert.deepEqual(events.at(-1), { kind: 'ended', ending: crash, againInMs: 200 })
  })

  it('stops it in good order, and kills what does not stop', async () => {
    const { sim, keeper, last } = keeping()
    last().work()
    const stopping = keeper.stop()
    await sim.run(4900)
    assert.deepEqual(last().told, ['stop'])
    await sim.run(200)
    assert.deepEqual(last().told, ['stop', 'kill'])
    await stopping
    assert.equal(keeper.state, 'stopped')
    await sim.run(100_000)
    assert.equal(keeper.state, 'stopped')
  })

  it('kills what hangs, and starts it again', async () => {
    const { sim, keeper, lives, events, last } = keeping()
    last().work()
    await sim.run(60_000)
    assert.equal(lives.length, 1, 'what answers is left alone')
    last().hangs = true
    await sim.run(9_000)
    assert.deepEqual(last().told, [])
    await sim.run(2_000)
    assert.deepEqual(lives[0]?.told, ['kill'])
    assert.deepEqual(events.at(-2), { kind: 'hung', afterMs: 10_000 })
    assert.equal(lives.length, 2)
    assert.equal(keeper.restarts, 1)
  })

  it('gives nobody up because it was paused itself', async () => {
    const { sim, supervisor, lives, last } = keeping()
    last().work()
    await sim.run(1000)
    last().hangs = true
    await sim.run(5000)
    supervisor.pause()
    await sim.run(60_000)
    supervisor.resume()
    await sim.run(1000)
    last().hangs = false
    await sim.run(60_000)
    assert.equal(lives.length, 1)
  })

  it('lets what has not worked yet take its time', async () => {
    const { sim, lives, last } = keeping()
    last().hangs = true
    await sim.run(60_000)
    assert.equal(lives.length, 1)
  })

  it('puts a new life in the place of the old one once it works', async () => {
    const { sim, keeper, lives, last } = keeping()
    last().work()
    await sim.run(10)
    const replaced = keeper.replace(10_000)
    await sim.run(1000)
    assert.deepEqual(
      lives.map(({ told }) => told),
      [[], []],
    )
    lives[1]?.work()
    await sim.run(10)
    assert.deepEqual(
      lives.map(({ told }) => told),
      [['stop'], []],
    )
    assert.equal(keeper.life, lives[1])
    lives[0]?.end(done)
    assert.equal(await replaced, true)
    assert.equal(keeper.state, 'ready')
    assert.equal(keeper.restarts, 0)
  })

  it('goes on with the old life where the new one fails or is late', async () => {
    const { sim, keeper, lives, last } = keeping()
    last().work()
    await sim.run(10)
    const failing = keeper.replace(10_000)
    lives[1]?.end(crash)
    assert.equal(await failing, false)
    const late = keeper.replace(10_000)
    await sim.run(10_010)
    assert.equal(await late, false)
    assert.deepEqual(
      lives.map(({ told }) => told),
      [[], ['kill'], ['kill']],
    )
    assert.equal(keeper.life, lives[0])
    assert.equal(keeper.state, 'ready')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, type Realm } from '../client/index.ts'
import { defineGame, defineWorld, entity, startRealm, type WorldStats } from '../index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import { silentLog } from '../ports/index.ts'
import { simClientOptions } from './cluster.ts'
import { simWorld } from './index.ts'

interface Due {
  readonly dueMs: number
  run(): void
}

/**
 * The clock of a process whose thread can be busy: time passes within `work`, and no timer runs
 * before it has ended.
 */
class BusyClock implements Clock {
  readonly #clock: Clock
  #due: Due[] = []
  #busyUntilMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  work(ms: number): void {
    this.#busyUntilMs = this.now() + ms
  }

  now(): number {
    return Math.max(this.#clock.now(), this.#busyUntilMs)
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.now() - this.#clock.now()
  }

  after(delayMs: number, run: () => void): Timer {
    const due: Due = { dueMs: this.now() + delayMs, run }
    const timer = this.#clock.after(due.dueMs - this.#clock.now(), () => {
      this.#due.push(due)
      this.#due.sort((a, b) => a.dueMs - b.dueMs)
      this.#drain()
    })
    return {
      cancel: () => {
        timer.cancel()
        this.#due = this.#due.filter((one) => one !== due)
      },
    }
  }

  /** Runs what is due in the order of its time, as soon as the thread is free. */
  #drain(): void {
    while (this.#clock.now() >= this.#busyUntilMs) {
      const next = this.#due.shift()
      if (next === undefined) return
      next.run()
    }
    this.#clock.after(this.#busyUntilMs - this.#clock.now(), () => this.#drain())
  }

  every(periodMs: number, run: () => void): Timer {
    let timer: Timer
    const again = (): void => {
      timer = this.after(periodMs, again)
      run()
    }
    timer = this.after(periodMs, again)
    return { cancel: () => timer.cancel() }
  }
}

/** A world at 20 Hz whose steps take as long as they are told to, and a client in it. */
async function begin() {
  const sim = simWorld(42)
  const process = sim.process('node')
  const clock = new BusyClock(process.clock)
  const made = {
    stepMs: 5,
    stats: undefined as (() => WorldStats) | undefined,
    rang: [] as number[],
  }
  const Hero = entity({})
  const field = defineWorld(
    {
      size: { width: 100, height: 100 },
      viewRadius: 20,
      tickHz: 20,
      entities: { Hero },
      avatar: Hero,
    },
    {
      create: (world) => {
        made.stats = () => world.stats()
        world.every(1, () => made.rang.push(sim.clock.now()))
      },
      join: (world) => world.spawn(Hero, { x: 50, y: 50 }),
      step: (world) => {
        for (const hero of world.all(Hero)) hero.x = 40 + (world.tick % 20)
        clock.work(made.stepMs)
      },
    },
  )
  const game = defineGame({ worlds: { field } })
  const realm = await sim.until(
    startRealm({
      game,
      id: 'node',
      clock,
      random: process.random,
      bus: sim.bus,
      store: process.store(),
      log: silentLog,
      listener: process.listener({ port: 80 }),
    }),
  )
  const enter = async (name: string): Promise<Realm<typeof game>> => {
    const options = simClientOptions(sim, name)
    const client = await connect<typeof game>(`http://${realm.address.host}:80`, options)
    await client.worlds.field.join()
    return client
  }
  const client = await sim.until(enter('ada'))
  await sim.run(2000)
  return { sim, made, stats: () => (made.stats as () => WorldStats)(), realm, client, enter }
}

describe('a world whose steps take longer than there is time', () => {
  it('degrades in order, slows all of its time alike, and recovers', async () => {
    const { sim, made, stats, realm, client } = await begin()
    assert.equal(stats().pressure, 0)
    const levels: number[] = []
    const watch = async (seconds: number): Promise<number> => {
      const { tick } = stats()
      for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
        await sim.run(100)
        const { pressure } = stats()
        if (levels.at(-1) !== pressure) levels.push(pressure)
      }
      return (stats().tick - tick) / seconds
    }

    const [calm] = [await watch(5)]
    assert.ok(Math.abs(calm - 20) < 0.3, `${calm} ticks a second`)

    made.stepMs = 80
    await watch(10)
    const slowed = stats()
    assert.ok(slowed.dilation > 1.7 && slowed.dilation < 2.7, `dilation ${slowed.dilation}`)
    const { overruns } = slowed
    const rang = made.rang.length
    const slow = await watch(10)
    assert.deepEqual(levels, [0, 1, 2, 3])
    assert.ok(Math.abs(slow - 20 / slowed.dilation) < 0.3, `${slow} ticks a second`)
    assert.equal(stats().overruns, overruns, 'once time is slow enough nothing is skipped')
    const rings = made.rang.length - rang
    assert.ok(Math.abs(rings - 10 / slowed.dilation) <= 1, 'timers are slowed alike')

    made.stepMs = 5
    await watch(45)
    assert.deepEqual(levels, [0, 1, 2, 3, 2, 1, 0])
    const again = await watch(5)
    assert.ok(Math.abs(again - 20) < 0.3, `${again} ticks a second`)
    assert.equal(stats().dilation, 1)
    assert.ok(stats().pressureMs.every((ms) => ms > 500))
    client.close()
    await sim.until(realm.close())
  })

  it('skips ticks beyond four times, and leaves the thread to others in between', async () => {
    const { sim, made, stats, realm, client, enter } = await begin()
    made.stepMs = 300
    await sim.run(20_000)
    assert.equal(stats().dilation, 4)
    const { tick, overruns } = stats()
    await sim.run(30_000)
    const made30 = stats().tick - tick
    assert.ok(made30 <= 101 && made30 >= 98, `${made30} ticks of 300 ms in 30 s`)
    const due = 30_000 / 200
    assert.ok(Math.abs(stats().overruns - overruns - (due - made30)) <= 4)
    // Others are still served: whoever comes now is let in.
    const begun = sim.clock.now()
    const other = await sim.until(enter('bob'))
    assert.ok(sim.clock.now() - begun < 2000, `${sim.clock.now() - begun} ms`)
    other.close()
    client.close()
    await sim.until(realm.close())
  })
})

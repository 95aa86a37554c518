import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { type Fields, record, text, u8, u16 } from '../schema/index.ts'
import type { Behaviour, HostMessage } from './behaviour.ts'
import type { Block } from './block.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { translate } from './editions.ts'
import { defineGame, type Game } from './game.ts'
import { loadGame } from './load-game.ts'
import { joinMessage, memberOf, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

const address = 'room/hall/x'

/** An edition of a game with a room of these commands, which notes by name what it is told. */
function edition(commands: Record<string, Fields>, options: Fields = {}) {
  const taken: string[] = []
  const names = Object.keys(commands)
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const behave = (): Behaviour => ({
    start: () => {},
    receive: (message) => {
      if (message.op === 'command') taken.push(names[message.command] ?? `?${message.command}`)
      // Whoever leaves holds up all others, until the test lets them go on.
      return message.op === 'leave' ? gate.then(() => undefined) : undefined
    },
    freeze: () => new Uint8Array(),
    stop: () => {},
  })
  const block: Partial<Block> = {
    kind: 'room',
    describe: () => ({
      kind: 'room',
      calls: [],
      commands: Object.entries(commands).map(([name, fields]) => ({
        ...{ name, input: record(fields).describe(), reliable: true },
      })),
      events: [],
      options: record(options).describe(),
    }),
    behave,
  }
  return { taken, open, game: loadGame({ spec: { rooms: { hall: block as never } } }) }
}

function command(number: number): HostMessage {
  const input = new Uint8Array()
  return { op: 'command', session: 's', command: number, sequence: 1, input }
}

describe('messages that wait while the game is replaced', () => {
  it('mean the same to the new code, or are refused', async () => {
    const before = edition({ wave: {}, walk: { dx: u8 }, jump: {} })
    const after = edition({ jump: {}, dance: {}, walk: { dx: u16 } })
    const { host } = await testRealm(defineGame({})).join()
    await host.replace(before.game)
    const held = watched(host.send(address, { op: 'leave', session: 's' }))
    const [wave, walk, jump, none] = [0, 1, 2, 9].map((n) =>
      watched(host.send(address, command(n))),
    )
    await settle()
    const replacing = host.replace(after.game)
    const dance = watched(host.send(address, command(1)))
    before.open()
    await replacing
    await settle()
    assert.deepEqual([held.done, jump?.error, dance.error], [true, undefined, undefined])
    assert.deepEqual([before.taken, after.taken], [[], ['jump', 'dance']])
    assert.ok(hasCode('UNKNOWN_COMMAND')(wave?.error), 'it is gone')
    assert.ok(hasCode('MANIFEST_STALE')(walk?.error), 'its input is another one')
    assert.ok(hasCode('UNKNOWN_COMMAND')(none?.error))
  })

  it('are read by the old code where the new one did not start', async () => {
    const before = edition({ wave: {}, jump: {} })
    const after = edition({ jump: {}, wave: {} })
    const broken = loadGame({ spec: { rooms: { hall: failing(after.game) as never } } })
    const { host } = await testRealm(defineGame({})).join()
    await host.replace(before.game)
    await host.send(address, command(0))
    const report = await host.replace(broken)
    assert.equal(report.failed.length, 1)
    const refused: unknown[] = []
    host.post(address, command(0), (error) => refused.push(error))
    await settle()
    assert.deepEqual([before.taken, refused], [['wave', 'jump'], []])
  })

  it('to join by other options are refused', () => {
    const before = edition({}, { line: u8 }).game
    const after = edition({}, { line: text({ max: 8 }) }).game
    const join = joinMessage(memberOf('s1'))
    assert.throws(() => translate(join, address, before, after), hasCode('MANIFEST_STALE'))
    assert.equal(translate(join, 'match/hall/main', before, after), join)
  })

  it('in a batch do not take each other along', () => {
    const before = edition({ wave: {}, jump: {} }).game
    const after = edition({ jump: {} }).game
    const commands = [0, 1, 1]
    const lists = { sessions: ['a', 'b', 'c'], sequences: [1, 1, 1], seen: [0, 0, 0] }
    const batch = { gate: 'a', commands, ...lists, inputs: new Uint8Array(), ends: [0, 0, 0] }
    const read = translate({ op: 'commands', batch }, address, before, after)
    assert.deepEqual(read.op === 'commands' && read.batch.commands, [255, 0, 0])
  })
})

describe('a handle of a former edition', () => {
  const made = (order: 'first' | 'second') => {
    const up = call<{ state: { n: number } }, Record<never, never>, { n: typeof u16 }>(
      {},
      { n: u16 },
      (self) => {
        self.state.n += 1
        return { n: self.state.n }
      },
    )
    const reset = call<{ state: { n: number } }, Record<never, never>, Record<never, never>>(
      {},
      {},
      (self) => {
        self.state.n = 0
        return {}
      },
    )
    const calls = order === 'first' ? { up, reset } : { reset, up }
    const counter = defineActor({ state: { n: u16 } }, { calls })
    return { counter, game: defineGame({ actors: { counter } }) }
  }

  it('calls by name, though the numbers have changed', async () => {
    const [one, two] = [made('first'), made('second')]
    const { host } = await testRealm(one.game).join()
    const handle = host.scope.actor(one.counter, 'x')
    assert.deepEqual(await handle.up({}), { n: 1 })
    await host.replace(loadGame(two.game))
    assert.deepEqual(await handle.up({}), { n: 2 })
    await handle.reset({})
    assert.deepEqual(await host.scope.actor(two.counter, 'x').up({}), { n: 1 })
  })
})

function failing(game: Game): object {
  const block = game.find('room', 'hall')?.block
  const behave = (): Partial<Behaviour> => ({
    start: () => {
      throw new Error('a mistake')
    },
    stop: () => {},
  })
  return { ...block, behave }
}

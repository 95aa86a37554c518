import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../scripts/lib/project.ts'
import type reload from './fixtures/reload/game.ts'
import { type GameProcess, startGame } from './game-process.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'

/** Longer than lost connections are waited for in the fixture. */
const graceMs = 2_000

const folder = mkdtempSync(join(tmpdir(), 'realmkit-reload-'))
const file = join(folder, 'game.ts')
let game: GameProcess
let ada: Awaited<ReturnType<typeof settle>>
let bob: Awaited<ReturnType<typeof settle>>
let reports = 0
const players: { realm: { close(): void } }[] = []

before(async () => {
  cpSync(join(root, 'test/fixtures/reload'), folder, { recursive: true })
  game = await startGame(['dev', file])
  ada = await settle('Ada')
  bob = await settle('Bob')
})

after(async () => {
  for (const { realm } of players) realm.close()
  await game?.kill()
  rmSync(folder, { recursive: true, force: true })
})

/** A player at the table and on the road. */
async function settle(name: string) {
  const player = await enter<typeof reload>(game.url, name)
  const { realm } = player
  players.push(player)
  const table = await realm.rooms.table.joinOrCreate()
  const road = await realm.worlds.road.join()
  const hero = await realm.actors.hero.watch()
  const left: string[] = []
  for (const joined of [table, road, hero]) joined.onLeft((code) => left.push(code))
  const { id } = realm.player
  return { ...player, id, table, road, hero, left }
}

/** Changes a file of the running game and waits for the word on it. */
async function edit(path: string, change: (text: string) => string): Promise<string> {
  const before = readFileSync(path, 'utf8')
  const text = change(before)
  assert.notEqual(text, before, 'the edit changes nothing')
  writeFileSync(path, text)
  reports += 1
  const lines = await until('a word on the reload', () => {
    const told = game
      .logs()
      .split('\n')
      .filter((line) => line.startsWith('{"reloaded"'))
    return told.length >= reports && told
  })
  assert.equal(lines.length, reports, 'one edit was reloaded more than once')
  return lines[reports - 1] ?? ''
}

/** Everything works for both, from what had been reached; returns how far one step went. */
async function assertPlays(): Promise<number> {
  const [step] = await Promise.all([playOn(ada), playOn(bob)])
  for (const { statuses, errors, left } of [ada, bob]) {
    assert.deepEqual({ statuses, errors, left }, { statuses: [], errors: [], left: [] })
  }
  return step
}

async function playOn({ realm, id, table, road, hero }: typeof ada): Promise<number> {
  const taps = table.state.taps.get(id) ?? Number.NaN
  const { gold } = hero.state
  const { x, steps } = await until('the own avatar', () => walkerOf(road))
  table.send.tap({})
  road.send.walk({ dx: 1 })
  assert.deepEqual(await realm.actors.hero.call.earn({ amount: 5 }), { gold: gold + 5 })
  await until('a tap', () => table.state.taps.get(id) === taps + 1)
  await until('gold', () => hero.state.gold === gold + 5)
  const now = await until('a step', () => {
    const seen = walkerOf(road)
    return seen?.steps === steps + 1 && seen
  })
  assert.equal(table.state.taps.size, 2)
  assert.equal(road.entities.size, 3, 'two walkers and a stone')
  return now.x - x
}

/** The own avatar as it is now; what the world holds is changed in place. */
function walkerOf(road: typeof ada.road) {
  const me = road.entities.get(road.me)
  return me?.kind === 'Walker' ? { x: me.x, steps: me.fields.steps } : undefined
}

test('changed code acts at once; sockets, seats, avatars and state stay', async () => {
  assert.equal(await assertPlays(), 1)
  const { me } = ada.road
  const stone = [...ada.road.entities.values()].find(({ kind }) => kind === 'Stone')
  const said = await edit(join(folder, 'rules.ts'), (text) => text.replace('pace = 1', 'pace = 3'))
  assert.match(said, /"reloaded":true/)
  assert.equal(await assertPlays(), 3)
  assert.equal(ada.road.me, me, 'the avatar is another one')
  assert.equal(ada.road.entities.get(stone?.id ?? 0)?.kind, 'Stone')
})

test('a mistake is reported with its code and the game goes on', async () => {
  const said = await edit(file, (text) => text.replace('const table = ', 'const table = = '))
  assert.match(said, /"reloaded":false,"error":"GAME_FILE_FAILED"/)
  assert.equal(await assertPlays(), 3)
  const thrown = await edit(file, (text) => text.replace('= = ', '= ').concat('throw 1'))
  assert.match(thrown, /"reloaded":false/)
  assert.equal(await assertPlays(), 3)
})

test('mended, and with new fields in every state: all that was reached is kept', async () => {
  const tapped = ada.table.state.taps.get(ada.id)
  const { gold } = ada.hero.state
  const said = await edit(file, (text) =>
    text
      .replace('throw 1', '')
      .replace('state: { gold: u32 }', 'state: { honour: u16, gold: u32 }')
      .replace('state: { taps: map(u32) }', 'state: { rounds: u16, taps: map(u32) }')
      .replace('entity({ steps: u32 })', 'entity({ hp: u16, steps: u32 })')
      .replace('spawn(Walker, {', 'spawn(Walker, { hp: 9,')
      .replace(
        '      tap: command',
        '      deal: command({}, (room) => { room.state.rounds += 1 }),\n      tap: command',
      ),
  )
  assert.match(said, /"reloaded":true/)
  assert.doesNotMatch(game.logs(), /"failed":"/)
  await until('the new fields', () => {
    const honour = (ada.hero.state as { honour?: number }).honour
    const rounds = (ada.table.state as { rounds?: number }).rounds
    const fields = ada.road.entities.get(ada.road.me)?.fields as { hp?: number } | undefined
    return honour === 0 && rounds === 0 && fields?.hp === 0
  })
  assert.equal(ada.table.state.taps.get(ada.id), tapped)
  assert.equal(ada.hero.state.gold, gold)
  assert.equal(await assertPlays(), 3)
  const send = ada.table.send as unknown as { deal(input: object): void }
  send.deal({})
  await until('a new command', () => (bob.table.state as { rounds?: number }).rounds === 1)
})

test('nobody is thrown out afterwards', async () => {
  await sleep(graceMs)
  await assertPlays()
  const carol = await settle('Carol')
  assert.equal(carol.table.id, ada.table.id)
  assert.equal(carol.table.state.taps.size, 3)
  await until('all of the road', () => carol.road.entities.size === 4)
  carol.realm.close()
  await until('a guest leaves for good', () => ada.table.state.taps.size === 2)
})

import assert from 'node:assert/strict'
import { viewRadius, walkMax } from './arena.ts'
import type { Client, FrameTold } from './client.ts'
import { fieldsText, type Shown, type Truth } from './model.ts'
import type { Stage } from './stage.ts'

/** What may be less than exact, from here on. */
export interface Rules {
  /** Views may be slowed and shrunk. */
  pressured: boolean
  /** Views may be shrunk to the tile they stand in. */
  capped: boolean
}

interface Case {
  readonly client: Client
  readonly truth: Truth
  readonly stage: Stage
}

/** Part of its radius that a view reaches that saves as hard as it can. */
const reachMin = 0.4

/** Holds what a client has seen of a tick to the truth of that tick. */
export function judge(its: Case): void {
  const { client, truth } = its
  try {
    client.grace -= 1
    client.audienceGrace -= 1
    const mine = truth.audiences.get(client.player) ?? new Set<string>()
    for (const frame of client.frames) judgeFrame(its, frame, mine)
    if (client.grace < 0) client.stale.clear()
    judgeMirror(its, mine)
    judgeView(its, mine)
    assert.equal(client.suspected, 0, 'a checksum differs')
  } catch (error) {
    const where = `${client.player} at tick ${truth.tick}`
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
  }
  client.frames = []
  client.beforeTick = truth.tick
}

function judgeFrame(
  { client, truth, stage }: Case,
  frame: FrameTold,
  mine: ReadonlySet<string>,
): void {
  assert.equal(frame.tick, truth.tick, 'a frame is of another tick')
  for (const stream of frame.streams) {
    const audience = truth.streams.audience.get(stream)
    const allowed = audience === undefined || mine.has(audience)
    assert.ok(allowed, `stream ${stream} is for ${audience}`)
  }
  for (const id of frame.told) {
    const shown = truth.shown.get(id)
    assert.ok(shown !== undefined, `${id} was told of and is not there`)
    const allowed = shown.to === undefined || mine.has(shown.to)
    assert.ok(allowed, `${id} was told of and is for ${shown.to}`)
  }
  const former = stage.truths.find(({ tick }) => tick === truth.tick - 1)
  for (const { id, reason } of frame.removed) {
    const shown = truth.shown.get(id)
    if (reason === 'gone') assert.equal(shown, undefined, `${id} is said to be gone`)
    // Ids of what a crash took back may be given out again.
    const twice = frame.added.includes(id) && client.grace < 0
    assert.ok(!twice, `${id} was removed and added in one frame`)
    const was = former?.shown.get(id)
    if (shown === undefined || was === undefined || former === undefined) continue
    if (client.grace >= 0 || client.beforeTick !== former.tick) continue
    const stays = isSure(stage, client, truth, shown) && isSure(stage, client, former, was)
    const same = shown.to === was.to && isAllowed(truth, client, shown)
    assert.ok(!(stays && same && isAllowed(former, client, was)), `${id} vanished`)
  }
}

function isAllowed({ audiences }: Truth, { player }: Client, { to }: Shown): boolean {
  return to === undefined || (audiences.get(player)?.has(to) ?? false)
}

/** Whether the entity is where the client must see it. */
function isSure({ rules, grid, lag }: Stage, client: Client, truth: Truth, shown: Shown): boolean {
  const centre = truth.centres.get(client.player)
  if (centre === undefined) return false
  const slack = lag * walkMax + (centre.me === 0 ? walkMax : 0)
  if (rules.capped) {
    const inside = (at: number, tile: number, count: number): boolean => {
      const from = at - tile * grid.edge
      return (
        (tile === 0 || from > slack + walkMax) &&
        (tile === count - 1 || from < grid.edge - slack - walkMax)
      )
    }
    const column = shown.tile % grid.columns
    const row = (shown.tile - column) / grid.columns
    return inside(centre.x, column, grid.columns) && inside(centre.y, row, grid.rows)
  }
  if (shown.place.startsWith('all')) return true
  const reach = viewRadius * (rules.pressured ? reachMin : 1) - slack
  return Math.hypot(shown.x - centre.x, shown.y - centre.y) < reach - 0.02
}

/** What a client shows is true, and there once; all that is in the streams it holds is shown. */
function judgeMirror({ client, truth, stage }: Case, mine: ReadonlySet<string>): void {
  const settled = client.grace < 0
  const { entities } = client.stream
  const byPlace = (shown: Shown): number =>
    truth.streams.byPlace.get(shown.place) ?? (shown.place.includes(' ') ? -1 : shown.tile)
  for (const [id, seen] of entities) {
    assert.equal(seen.id, id)
    const shown = truth.shown.get(id)
    const current = client.stale.size === 0 || settled
    if (shown === undefined) {
      assert.ok(!current, `${id} is seen and is not there`)
      continue
    }
    assert.equal(seen.kind, shown.kind)
    const stream = byPlace(shown)
    const held = client.held.has(stream) && !client.stale.has(stream)
    if (!held && !current) continue
    assert.ok(shown.to === undefined || mine.has(shown.to), `${id} is seen, of ${shown.to}`)
    assert.ok(held, `${id} is seen, not its stream ${stream} (${shown.place})`)
    judgeState(stage, client, truth, shown)
  }
  for (const shown of truth.shown.values()) {
    const stream = byPlace(shown)
    if (!client.held.has(stream) || client.stale.has(stream)) continue
    assert.ok(entities.has(shown.id), `${shown.id} is not seen in stream ${stream}`)
  }
}

/** What is told at a slower rate may be as it was when its stream was flushed, or it came there. */
function judgeState(stage: Stage, client: Client, truth: Truth, shown: Shown): void {
  const seen = client.stream.entities.get(shown.id)
  if (seen === undefined) return
  const fields = fieldsText(seen.kind, seen.fields)
  const is = (other: Shown | undefined): boolean =>
    other !== undefined && other.x === seen.x && other.y === seen.y && other.fields === fields
  if (is(shown)) return
  const told = `${shown.id} is ${shown.x} ${shown.y} ${shown.fields}`
  const wrong = `${told}, not ${seen.x} ${seen.y} ${fields}`
  assert.ok(stage.rules.pressured, wrong)
  const everywhere = shown.place.startsWith('all')
  const row = everywhere ? 0 : Math.floor(shown.tile / stage.grid.columns)
  const { tick } = truth
  const since = (period: number): number => tick - ((((tick - row) % period) + period) % period)
  const ticks = [since(4), since(16)].map((flush) => Math.max(flush, shown.cameAt))
  const found = stage.truths.some((one) => ticks.includes(one.tick) && is(one.shown.get(shown.id)))
  assert.ok(found, `${wrong}, nor what it was at ${ticks}`)
}

/** Everyone is there whom the player must see. */
function judgeView(its: Case, mine: ReadonlySet<string>): void {
  if (its.client.grace >= 0) return
  const lacking = lack(its, mine)
  if (lacking === undefined) return
  assert.fail(`${lacking.id} lacks in ${lacking.place} with ${its.client.held.size}`)
}

/** Somebody whom the client must see and does not. */
export function lack(
  { client, truth, stage }: Case,
  mine = truth.audiences.get(client.player) ?? new Set<string>(),
): Shown | undefined {
  for (const shown of truth.shown.values()) {
    if (shown.to !== undefined && (client.audienceGrace >= 0 || !mine.has(shown.to))) continue
    if (client.stream.entities.has(shown.id)) continue
    if (isSure(stage, client, truth, shown)) return shown
  }
  return undefined
}

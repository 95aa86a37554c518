/**
 * The world that every contender of a bench serves: a seeded random walk of avatars in a square.
 *
 * All arithmetic is on integers, so the walk is the same on every runtime. Positions are kept in
 * 1/256 of a quantum; a quantum, the unit that goes over the wire, is 1/32 m.
 */

export const TICK_HZ = 20
export const QUANTA_PER_METRE = 32
/** How far an avatar sees, in metres. Only the size of the square changes between scenes. */
export const VIEW_RADIUS_METRES = 60
export const VIEW_RADIUS = VIEW_RADIUS_METRES * QUANTA_PER_METRE
/** How far an avatar walks in a second, in metres. */
export const SPEED_METRES = 4
/** An upper bound of how far an avatar walks in one tick, in quanta. */
export const STEP_MAX = Math.ceil((SPEED_METRES * QUANTA_PER_METRE) / TICK_HZ)

const FRACTION = 256
/** The widest turn of the walk in one tick, as a part of 65,536: about 8 degrees to either side. */
const TURN_SPAN = 2_900
const DIRECTIONS = 256

export interface SceneOptions {
  /** How many avatars an avatar should see on average, itself included. */
  readonly visible: number
  readonly avatars: number
  readonly seed: number
}

/** Where everybody stood at one tick: the truth against which a client's view is checked. */
export interface SceneSnapshot {
  readonly tick: number
  /** Quanta. */
  readonly x: readonly number[]
  /** Quanta. */
  readonly y: readonly number[]
  /** 1/256 of a turn. */
  readonly facing: readonly number[]
}

export interface Scene {
  readonly avatars: number
  /** Side of the square in quanta. */
  readonly side: number
  /** The last tick that was stepped; 0 before the first. */
  readonly tick: number
  /** Positions by avatar, in quanta, 0 … side. */
  readonly x: Int16Array
  readonly y: Int16Array
  /** Direction by avatar, in 1/256 of a turn. */
  readonly facing: Uint8Array
  /** Commands applied since the start. */
  readonly commands: number
  /** Turns one avatar by `turn`/65,536 of a full turn: what a client's command does. */
  turn(avatar: number, turn: number): void
  /** Advances everybody by one tick. Every avatar moves in every tick. */
  step(): void
  /** Keeps what the next `ticks` ticks look like and hands them over. */
  record(ticks: number, done: (snapshots: SceneSnapshot[]) => void): void
}

/**
 * The side, in quanta, of the square in which `avatars` spread evenly see `visible` of each other,
 * themselves included. The chance that two random points of a unit square are within r ≤ 1 of each
 * other is πr² − 8r³/3 + r⁴/2, which accounts for the part of the circle beyond the border.
 *
 * @throws RangeError if no square with a side of at least the view radius gives that many.
 */
export function sideFor(visible: number, avatars: number): number {
  const wanted = (visible - 1) / (avatars - 1)
  const share = (r: number) => Math.PI * r * r - (8 / 3) * r ** 3 + r ** 4 / 2
  if (!(wanted > 0 && wanted <= share(1))) {
    throw new RangeError(`${visible} visible of ${avatars} avatars is outside what a square gives`)
  }
  let low = 0
  let high = 1
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (share(middle) < wanted) low = middle
    else high = middle
  }
  const side = Math.round(VIEW_RADIUS / high)
  if (side > 32_767) throw new RangeError(`a square of ${side} quanta does not fit 16 bits`)
  return side
}

/** xorshift32: small, seeded and the same everywhere. */
function randomBits(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}

function directionTable(wave: (angle: number) => number): Int32Array {
  const perTick = (SPEED_METRES * QUANTA_PER_METRE * FRACTION) / TICK_HZ
  return Int32Array.from({ length: DIRECTIONS }, (_, index) =>
    Math.round(wave((index * 2 * Math.PI) / DIRECTIONS) * perTick),
  )
}

export function createScene({ visible, avatars, seed }: SceneOptions): Scene {
  const side = sideFor(visible, avatars)
  const limit = side * FRACTION
  const random = randomBits(seed)
  const stepX = directionTable(Math.cos)
  const stepY = directionTable(Math.sin)
  const exactX = Int32Array.from({ length: avatars }, () => random() % limit)
  const exactY = Int32Array.from({ length: avatars }, () => random() % limit)
  const heading = Uint16Array.from({ length: avatars }, () => random())
  const x = Int16Array.from(exactX, (value) => value >> 8)
  const y = Int16Array.from(exactY, (value) => value >> 8)
  const facing = Uint8Array.from(heading, (value) => value >> 8)
  let tick = 0
  let commands = 0
  let recording: { left: number; kept: SceneSnapshot[]; done: (kept: SceneSnapshot[]) => void }[] =
    []

  function walk(avatar: number): void {
    let direction = (heading[avatar] ?? 0) + (random() % TURN_SPAN) - TURN_SPAN / 2
    let nextX = (exactX[avatar] ?? 0) + (stepX[(direction >> 8) & 255] ?? 0)
    let nextY = (exactY[avatar] ?? 0) + (stepY[(direction >> 8) & 255] ?? 0)
    if (nextX < 0 || nextX >= limit) {
      nextX = nextX < 0 ? -nextX : 2 * limit - 1 - nextX
      direction = 32_768 - direction
    }
    if (nextY < 0 || nextY >= limit) {
      nextY = nextY < 0 ? -nextY : 2 * limit - 1 - nextY
      direction = -direction
    }
    exactX[avatar] = nextX
    exactY[avatar] = nextY
    heading[avatar] = direction
    x[avatar] = nextX >> 8
    y[avatar] = nextY >> 8
    facing[avatar] = (heading[avatar] ?? 0) >> 8
  }

  function keep(): void {
    const snapshot = { tick, x: [...x], y: [...y], facing: [...facing] }
    for (const record of recording) {
      record.kept.push(snapshot)
      record.left--
      if (record.left === 0) record.done(record.kept)
    }
    recording = recording.filter((record) => record.left > 0)
  }

  return {
    avatars,
    side,
    x,
    y,
    facing,
    get tick() {
      return tick
    },
    get commands() {
      return commands
    },
    turn: (avatar, turn) => {
      commands++
      heading[avatar] = (heading[avatar] ?? 0) + turn
    },
    step: () => {
      tick++
      for (let avatar = 0; avatar < avatars; avatar++) walk(avatar)
      if (recording.length > 0) keep()
    },
    record: (ticks, done) => {
      recording.push({ left: ticks, kept: [], done })
    },
  }
}

/** What a client's command carries at least: a sequence number (u32) and a turn (i16). */
export const COMMAND_BODY_BYTES_MIN = 6

/** Writes a command's body; what is longer than {@link COMMAND_BODY_BYTES_MIN} stays zero. */
export function writeCommand(into: Uint8Array, sequence: number, turn: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  view.setUint32(0, sequence, true)
  view.setInt16(4, turn, true)
}

/** The turn in a command's body that begins at `offset`. */
export function readTurn(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset + 4] ?? 0) | ((bytes[offset + 5] ?? 0) << 8)) << 16) >> 16
}

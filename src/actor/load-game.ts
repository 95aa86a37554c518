import { RealmError } from '../errors/index.ts'
import { type BlockDescriptor, type Manifest, manifestBytesMax } from '../protocol/index.ts'
import type { Block } from './block.ts'
import { contentHash } from './content-hash.ts'
import type { Game, GameBlock, GameDefinition, GameSpec } from './game.ts'

/** Block, method, command and event numbers are one byte on the wire. */
const numbersMax = 256
const namePattern = /^[a-z][a-zA-Z0-9]{0,31}$/
const gameNamePattern = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/

const places = [
  ['services', 'service'],
  ['actors', 'actor'],
  ['rooms', 'room'],
  ['worlds', 'world'],
] as const

/**
 * Checks a game and numbers what is in it.
 * @throws RealmError `GAME_INVALID` naming the place, such as `rooms.plaza.commands.walk`.
 */
export function loadGame(definition: GameDefinition): Game {
  const { spec } = (definition as Partial<GameDefinition> | undefined) ?? {}
  if (typeof spec !== 'object' || spec === null) {
    throw invalid('game', 'export default defineGame({ … }) is missing')
  }
  const name = spec.name ?? 'game'
  if (!gameNamePattern.test(name)) throw invalid('name', `must match ${gameNamePattern}`)
  const blocks: GameBlock[] = []
  for (const [place, kind] of places) {
    for (const [blockName, block] of Object.entries(spec[place] ?? {})) {
      checkBlock(`${place}.${blockName}`, kind, blockName, block)
      blocks.push({ number: blocks.length, name: blockName, block })
    }
  }
  checkCount('game', 'blocks', blocks.length)
  checkPlacedOnce(blocks)
  const manifest: Manifest = { game: name, blocks: blocks.map(describe) }
  const manifestBytes = new TextEncoder().encode(JSON.stringify(manifest))
  if (manifestBytes.length > manifestBytesMax) {
    throw invalid('game', `its manifest is larger than ${manifestBytesMax} bytes`)
  }
  return {
    name,
    blocks,
    manifest,
    manifestBytes,
    manifestHash: contentHash(manifestBytes),
    web: webOf(spec.web),
    login: spec.login,
    ...lookups(blocks),
  }
}

function webOf(web: GameSpec['web']): Game['web'] {
  if (web === undefined) return undefined
  if (typeof web === 'string' || web instanceof URL) return { folder: web, packages: [] }
  return { packages: [], ...web }
}

function lookups(blocks: readonly GameBlock[]): Pick<Game, 'find' | 'placeOf' | 'behaviourAt'> {
  const byPlace = new Map(blocks.map((entry) => [`${entry.block.kind}/${entry.name}`, entry]))
  const byDefinition = new Map<object, GameBlock>(blocks.map((entry) => [entry.block, entry]))
  return {
    find: (kind, name) => byPlace.get(`${kind}/${name}`),
    placeOf: (definition) => byDefinition.get(definition),
    behaviourAt(address) {
      const [kind, name, key, more] = address.split('/')
      if (key === undefined || more !== undefined) return undefined
      if (kind === 'match') return byPlace.get(`room/${name}`)?.block.matchmaker
      return byPlace.get(`${kind}/${name}`)?.block.behave
    },
  }
}

function checkBlock(place: string, kind: string, name: string, block: Block): void {
  checkName(place, name)
  if (typeof block !== 'object' || block === null || block.kind !== kind) {
    const maker = `define${kind[0]?.toUpperCase()}${kind.slice(1)}`
    throw invalid(place, `expected what ${maker}(…) returns`)
  }
  const face = block.describe()
  for (const list of ['calls', 'commands', 'events'] as const) {
    checkCount(place, list, face[list].length)
    for (const entry of face[list]) checkName(`${place}.${list}.${entry.name}`, entry.name)
  }
  for (const entity of face.world?.entities ?? []) {
    if (!/^[A-Za-z][a-zA-Z0-9]{0,31}$/.test(entity.name)) {
      throw invalid(`${place}.entities.${entity.name}`, 'a name has 1 to 32 letters and digits')
    }
  }
}

function describe({ name, block }: GameBlock): BlockDescriptor {
  const { kind, ...face } = block.describe()
  return { kind, name, ...face }
}

/** A definition is found by identity, so it can have only one place. */
function checkPlacedOnce(blocks: readonly GameBlock[]): void {
  const seen = new Map<Block, string>()
  for (const { block, name } of blocks) {
    const other = seen.get(block)
    if (other !== undefined) {
      throw invalid(`${block.kind}s.${name}`, `the same definition is already at ${other}`)
    }
    seen.set(block, `${block.kind}s.${name}`)
  }
}

function checkName(place: string, name: string): void {
  if (!namePattern.test(name)) throw invalid(place, `a name must match ${namePattern}`)
}

function checkCount(place: string, what: string, count: number): void {
  if (count > numbersMax) throw invalid(place, `at most ${numbersMax} ${what}, not ${count}`)
}

function invalid(place: string, problem: string): RealmError {
  return new RealmError('GAME_INVALID', `${place}: ${problem}.`)
}

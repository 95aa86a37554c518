import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Game, type GameDefinition, loadGame } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { moduleHooks } from './modules/index.ts'

/** A game file and the modules it is made of, loaded afresh at each `load`. */
export interface GameLoader {
  readonly file: string
  /** Absolute paths of the game's own modules as of the last load, for watching. */
  readonly modules: ReadonlySet<string>
  /** @throws RealmError `GAME_FILE_MISSING`, `GAME_FILE_FAILED`, `GAME_INVALID` */
  load(): Promise<Game>
  /** Stands for the content of the game's own modules as they are now: 7 characters. */
  version(): string
}

const ownRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/**
 * Loads a game file; once per process. Each load gives the game's own modules (those in the file's
 * package, not its dependencies) new URLs, so that changed files are read again; `realmkit` always
 * means this very program, so that definitions and runtime share one set of classes.
 */
export function gameLoader(path: string): GameLoader {
  const file = resolve(path)
  const root = packageRoot(file)
  const modules = new Set<string>()
  let generation = 0

  resolveOwnModules()
  moduleHooks.version((path) => {
    if (!isOwnModule(path, root)) return undefined
    modules.add(path)
    return `generation=${generation}`
  })

  return {
    file,
    modules,
    version() {
      const hash = createHash('sha256')
      for (const path of [...modules].sort()) hash.update(readFileSync(path)).update('\0')
      return hash.digest('hex').slice(0, 7)
    },
    async load() {
      if (!existsSync(file)) throw new RealmError('GAME_FILE_MISSING', path)
      generation += 1
      modules.clear()
      let loaded: { default?: unknown }
      try {
        loaded = await import(pathToFileURL(file).href)
      } catch (error) {
        throw new RealmError('GAME_FILE_FAILED', path, { cause: moduleHooks.failure(error) })
      }
      if (!isDefinition(loaded.default)) {
        throw new RealmError('GAME_INVALID', `${path} has no \`export default defineGame({ … })\`.`)
      }
      const { spec } = loaded.default
      return loadGame({ spec: { ...spec, name: spec.name ?? nameOf(file) } })
    },
  }
}

/** Lets modules loaded from now on import `realmkit` and mean this very program. */
export function resolveOwnModules(): void {
  const url = (...parts: string[]): string => pathToFileURL(join(ownRoot, ...parts)).href
  moduleHooks.alias('realmkit', url(`index${extension}`))
  moduleHooks.alias('realmkit/client', url('client', `index${extension}`))
}

/** Whether a file belongs to the game itself. */
function isOwnModule(path: string, root: string): boolean {
  const inside = path.startsWith(root + sep) && !path.startsWith(ownRoot + sep)
  return inside && !path.includes(`${sep}node_modules${sep}`)
}

/** The folder of the nearest package.json, or the file's own. */
function packageRoot(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return dirname(file)
  }
}

/** `hello` for hello.ts; for a file that is just called game or index, the name of its folder. */
function nameOf(file: string): string {
  const base = basename(file).replace(/\.[^.]+$/, '')
  const name = ['game', 'index', 'main', 'server'].includes(base) ? basename(dirname(file)) : base
  return /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/.test(name) ? name : 'game'
}

function isDefinition(value: unknown): value is GameDefinition {
  return typeof value === 'object' && value !== null && 'spec' in value
}

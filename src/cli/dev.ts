import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { RealmError } from '../errors/index.ts'
import type { GameLoader } from './load.ts'
import type { Server } from './server.ts'

/** Editors write a file in several steps; one reload follows when they are done. */
const quietMs = 80

export interface Watching {
  stop(): void
}

/**
 * Loads the game anew whenever one of its modules changes and puts it in the place of the running
 * one. A game that cannot be loaded is reported and the running one goes on: sockets and state stay
 * in either case.
 */
export function watchGame(what: { loader: GameLoader; server: Server; json: boolean }): Watching {
  const { loader, server, json } = what
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let reloading = Promise.resolve()

  function follow(): void {
    const folders = new Set([...loader.modules].map((path) => dirname(path)))
    for (const [folder, watcher] of watchers) {
      if (!folders.has(folder)) {
        watcher.close()
        watchers.delete(folder)
      }
    }
    for (const folder of folders) if (!watchers.has(folder)) watchFolder(folder)
  }

  /** A folder may be gone, or go: then there is nothing to follow, and the game runs on. */
  function watchFolder(folder: string): void {
    const ended = (): void => {
      watchers.get(folder)?.close()
      watchers.delete(folder)
    }
    try {
      const watcher = watch(folder, (_, name) => changed(folder, name))
      watchers.set(folder, watcher.on('error', ended))
    } catch {
      ended()
    }
  }

  function changed(folder: string, name: string | null): void {
    const known = [...loader.modules].some((path) => path === `${folder}/${name ?? ''}`)
    if (!known) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      reloading = reloading.then(reload)
    }, quietMs)
  }

  async function reload(): Promise<void> {
    const startedMs = performance.now()
    const before = new Set(loader.modules)
    try {
      const report = await server.replaceGame(await loader.load())
      const tookMs = Math.round(performance.now() - startedMs)
      say({ reloaded: true, tookMs }, `↻ reloaded in ${tookMs} ms`)
      for (const { address, error } of report.failed) {
        say({ failed: address }, `✘ ${address} could not take the new code: ${error.message}`)
      }
    } catch (error) {
      // Watch what was known before too: the mistake may be in a file that was not reached this
      // time.
      for (const path of before) (loader.modules as Set<string>).add(path)
      say(
        { reloaded: false, error: codeOf(error) },
        `✘ ${messageOf(error)}\n    the game goes on as it was`,
      )
    }
    follow()
  }

  function say(fields: object, line: string): void {
    process.stdout.write(json ? `${JSON.stringify(fields)}\n` : `  ${line}\n`)
  }

  follow()
  return {
    stop() {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

function codeOf(error: unknown): string {
  return error instanceof RealmError ? error.code : 'INTERNAL'
}

function messageOf(error: unknown): string {
  if (!(error instanceof RealmError)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : undefined
  const where = cause?.stack?.split('\n').slice(0, 4).join('\n    ') ?? ''
  const short = where.replaceAll(`file://${process.cwd()}/`, '').replaceAll(/\?generation=\d+/g, '')
  return short === '' ? error.message : `${error.message}\n    ${short}`
}

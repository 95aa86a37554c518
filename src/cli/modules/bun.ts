import { dirname, isAbsolute, resolve } from 'node:path'
import type { ModuleHooks } from './hooks.ts'

/** The part of Bun's plugins (https://bun.com/docs/runtime/plugins) that is used here. */
interface PluginBuilder {
  module(name: string, load: () => Promise<{ exports: object; loader: 'object' }>): void
  onResolve(
    filter: { filter: RegExp },
    resolve: (asked: { path: string; importer: string }) => { path: string } | undefined,
  ): void
}

interface BunGlobal {
  plugin(plugin: { name: string; setup: (build: PluginBuilder) => void }): void
  readonly Transpiler: new (options: {
    loader: 'ts'
    target: 'browser'
  }) => { transformSync(source: string): string }
}

/** What Bun throws for a file that it cannot parse: an Error without a stack. */
interface BuildMessage extends Error {
  readonly position?: {
    readonly file: string
    readonly line: number
    readonly column: number
    readonly lineText: string
  } | null
}

const bun = (): BunGlobal => (globalThis as unknown as { Bun: BunGlobal }).Bun

export const bunHooks: ModuleHooks = {
  alias(name, url) {
    bun().plugin({
      name: `realmkit alias ${name}`,
      setup(build) {
        build.module(name, async () => ({ exports: await import(url), loader: 'object' }))
      },
    })
  },

  version(versionOf) {
    bun().plugin({
      name: 'realmkit versions',
      setup(build) {
        // Only paths: what stands behind a package's name is never one of the game's own modules.
        build.onResolve({ filter: /^(?:\.{1,2}\/|\/|[A-Za-z]:[\\/])/ }, ({ path, importer }) => {
          const file = isAbsolute(path) ? path : resolve(dirname(importer), path)
          const version = versionOf(file)
          return version === undefined ? undefined : { path: `${file}?${version}` }
        })
      },
    })
  },

  failure(thrown) {
    const { message, stack, position } = thrown as BuildMessage
    if (stack !== undefined || !position) return thrown
    const { file, line, column, lineText } = position
    const error = new SyntaxError(message, { cause: thrown })
    const mark = `${' '.repeat(Math.max(0, column - 1))}^`
    error.stack = `${file}:${line}\n${lineText}\n${mark}\n\nSyntaxError: ${message}`
    return error
  },

  stripTypes: (source) => {
    const { Transpiler } = bun()
    return new Transpiler({ loader: 'ts', target: 'browser' }).transformSync(source)
  },
}

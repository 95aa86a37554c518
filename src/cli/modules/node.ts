// Bun does not have all of these names, and a named import of one would keep the file from loading.
import nodeModule from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ModuleHooks } from './hooks.ts'

export const nodeHooks: ModuleHooks = {
  alias(name, url) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        specifier === name ? { url, shortCircuit: true } : next(specifier, context),
    })
  },

  version(versionOf) {
    nodeModule.registerHooks({
      resolve(specifier, context, next) {
        const resolved = next(specifier, context)
        if (!resolved.url.startsWith('file:')) return resolved
        const path = fileURLToPath(resolved.url)
        const version = versionOf(path)
        if (version === undefined) return resolved
        return { ...resolved, url: `${pathToFileURL(path).href}?${version}` }
      },
    })
  },

  failure: (thrown) => thrown,

  stripTypes: (source) => nodeModule.stripTypeScriptTypes(source),
}

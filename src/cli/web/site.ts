import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { HttpRequest, HttpResponse } from '../../ports/index.ts'
import { FileServer } from './files.ts'

const ownRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** The parts of Realmkit that run in browsers; nothing else of it is served. */
const browserFolders = ['client', 'errors', 'protocol', 'schema', 'cli/playground']

/** The playground is ours and needs nothing from elsewhere; games decide about their own pages. */
const playgroundHeaders = {
  'content-security-policy': [
    "default-src 'self'",
    "connect-src 'self' ws: wss:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

export interface SiteOptions {
  /** The game file, from which npm packages are resolved. */
  readonly gameFile: string
  /** Read at each request, since a game may be replaced while it runs. */
  readonly web: () => WebFolder | undefined
}

export interface WebFolder {
  readonly folder: string
  /** npm packages whose files pages may load at `/@npm/NAME/…`. */
  readonly packages: readonly string[]
}

export type Site = (request: HttpRequest) => Promise<HttpResponse | undefined>

/**
 * The browser side of a server:
 *
 *     /                 the game's own page, or a redirect to the playground where it has none
 *     /playground/      the page that works for any game
 *     /@realmkit/…      the client library as modules, for import maps
 *     /@npm/NAME/…      files of npm packages that the game allows
 */
export function createSite({ gameFile, web }: SiteOptions): Site {
  const files = new FileServer()
  const require = createRequire(pathToFileURL(gameFile))

  return async (request) => {
    const path = pathOf(request.url)
    if (path === undefined) return undefined
    if (path.startsWith('/@realmkit/')) {
      const wanted = path.slice('/@realmkit/'.length)
      const folder = browserFolders.find((candidate) => wanted.startsWith(`${candidate}/`))
      if (folder === undefined) return undefined
      return files.serve(request, join(ownRoot, folder), wanted.slice(folder.length + 1))
    }
    if (path.startsWith('/@npm/')) return npmFile(path.slice('/@npm/'.length), request)
    if (path === '/playground') return redirect('/playground/')
    if (path.startsWith('/playground/')) {
      const folder = join(ownRoot, 'cli', 'playground')
      return files.serve(request, folder, path.slice('/playground'.length), playgroundHeaders)
    }
    const own = web()
    if (own === undefined) return path === '/' ? redirect('/playground/') : undefined
    return files.serve(request, own.folder, path)
  }

  async function npmFile(path: string, request: HttpRequest): Promise<HttpResponse | undefined> {
    const name = web()?.packages.find((candidate) => path.startsWith(`${candidate}/`))
    if (name === undefined) return undefined
    const folder = packageFolder(require, name)
    return folder === undefined
      ? undefined
      : files.serve(request, folder, path.slice(name.length + 1))
  }
}

/** The folder of an installed package, found by walking up as Node.js does. */
function packageFolder(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(folder, name, 'package.json'))
      return join(folder, name)
    } catch {}
  }
  return undefined
}

function redirect(location: string): HttpResponse {
  return { status: 302, headers: { location } }
}

function pathOf(url: string): string | undefined {
  try {
    // Not `new URL`: it takes what follows a double slash for a host.
    return decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '/')
  } catch {
    return undefined
  }
}

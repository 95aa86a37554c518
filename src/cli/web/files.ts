import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, extname, join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HttpRequest, HttpResponse } from '../../ports/index.ts'
import { moduleHooks } from '../modules/index.ts'
import { compressible, mediaType } from './media-types.ts'

/** Files larger than this are not served: they belong on a file server. */
const fileBytesMax = 32 * 1024 * 1024
const cachedFilesMax = 512

interface Served {
  readonly etag: string
  readonly type: string
  readonly plain: Uint8Array
  readonly zipped: Uint8Array | undefined
}

/**
 * Serves files of given folders to browsers: TypeScript with its types stripped, text compressed,
 * everything with an ETag. Nothing outside of the folders is ever read, hidden files neither.
 */
export class FileServer {
  readonly #cache = new Map<string, Served>()

  /**
   * Answers with the file at `path` (as in a URL) below `folder`; undefined where there is none.
   */
  async serve(
    request: HttpRequest,
    folder: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const file = await locate(folder, path)
    if (file === undefined) return undefined
    const served = await this.#load(file)
    return served === undefined ? undefined : answer(request, served, headers)
  }

  async #load(file: string): Promise<Served | undefined> {
    const type = mediaType(file)
    const { size, mtimeMs } = await stat(file)
    if (type === undefined || size > fileBytesMax) return undefined
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
    const cached = this.#cache.get(file)
    if (cached?.etag === etag) return cached
    const source = await readFile(file)
    const plain = extname(file) === '.ts' ? stripped(source, file) : source
    const zipped = compressible(type) && plain.length > 1024 ? gzipSync(plain) : undefined
    const served = { etag, type, plain, zipped }
    if (this.#cache.size >= cachedFilesMax) this.#cache.clear()
    this.#cache.set(file, served)
    return served
  }
}

function stripped(source: Buffer, file: string): Uint8Array {
  try {
    return Buffer.from(moduleHooks.stripTypes(source.toString('utf8')))
  } catch (error) {
    // Whoever loads the page is not told where on this machine it lies.
    const message = `${basename(file)}: ${(error as Error).message}`
    return Buffer.from(`throw new SyntaxError(${JSON.stringify(message)})`)
  }
}

/**
 * The real path of a file below `folder`; a missing `.js` may stand as `.ts` and the other way
 * round.
 */
async function locate(folder: string, path: string): Promise<string | undefined> {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.some((part) => part.startsWith('.') || part.includes('\\') || part.includes('\0'))) {
    return undefined
  }
  const wanted = join(folder, ...parts)
  const candidates = [wanted]
  if (wanted.endsWith('.js')) candidates.push(`${wanted.slice(0, -3)}.ts`)
  if (wanted.endsWith('.ts')) candidates.push(`${wanted.slice(0, -3)}.js`)
  if (path === '' || path.endsWith('/')) candidates.unshift(join(wanted, 'index.html'))
  for (const candidate of candidates) {
    const file = await realpath(candidate).catch(() => undefined)
    if (file === undefined || !file.startsWith((await realpath(folder)) + sep)) continue
    if ((await stat(file)).isFile()) return file
  }
  return undefined
}

function answer(
  request: HttpRequest,
  served: Served,
  extra: Readonly<Record<string, string>>,
): HttpResponse {
  const headers: Record<string, string> = {
    'cache-control': 'no-cache',
    'content-type': served.type,
    etag: served.etag,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    ...extra,
  }
  if (request.headers['if-none-match'] === served.etag) return { status: 304, headers }
  const zips = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (!zips || served.zipped === undefined) return { status: 200, headers, body: served.plain }
  return {
    status: 200,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: served.zipped,
  }
}

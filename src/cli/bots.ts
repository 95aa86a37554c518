import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WebSocket } from 'ws'
import { type Bot, type BotScript, connect, type Realm } from '../client/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import { anyGame } from './bots/any-game.ts'
import { Tally } from './bots/tally.ts'
import { resolveOwnModules } from './load.ts'
import { moduleHooks } from './modules/index.ts'
import { type Arguments, type CommandSpec, UsageError } from './options.ts'

export const botsSpec: CommandSpec = {
  name: 'bots',
  positional: 'URL',
  summary: 'Lets many players at a running game, over real sockets.',
  options: {
    count: { value: 'N', text: 'how many bots, 1–10000 (10)' },
    seconds: { value: 'S', text: 'how long, 0 until Ctrl-C (30)' },
    script: { value: 'FILE', text: 'what a bot does: a module with a default export (BotScript)' },
    json: { text: 'the result as one JSON line' },
  },
}

/**
 * Bots that are being logged in at a time: a real crowd does not arrive in one millisecond either.
 */
const loginsAtOnce = 20
const reportPeriodMs = 1000

type AnyRealm = Realm<never>
type AnyScript = BotScript<never>

export async function bots(args: Arguments): Promise<number> {
  const url = urlOf(args.positional)
  const count = args.integer('count', { min: 1, max: 10_000, fallback: 10 })
  const seconds = args.integer('seconds', { min: 0, max: 86_400, fallback: 30 })
  const script = await scriptOf(args.text('script'))
  const crowd = new Crowd(url, script)
  const json = args.flag('json')
  const ticker = setInterval(() => json || crowd.showProgress(count), reportPeriodMs)
  const ended = ending(seconds)
  await crowd.enter(count, ended)
  await ended
  clearInterval(ticker)
  crowd.leave()
  crowd.report({ count, seconds, json })
  return crowd.failed(count) ? 1 : 0
}

/** All bots of one run. */
class Crowd {
  readonly #url: string
  readonly #script: AnyScript
  readonly #tally = new Tally()
  readonly #realms: AnyRealm[] = []
  readonly #timers: NodeJS.Timeout[] = []
  #leaving = false

  constructor(url: string, script: AnyScript) {
    this.#url = url
    this.#script = script
  }

  async enter(count: number, ended: Promise<void>): Promise<void> {
    let next = 0
    const worker = async () => {
      while (next < count && !this.#leaving) await this.#start(next++)
    }
    const workers = Promise.all(Array.from({ length: loginsAtOnce }, worker))
    await Promise.race([workers, ended])
  }

  async #start(index: number): Promise<void> {
    try {
      const realm = (await connect(this.#url, {
        guest: `Bot ${index + 1}`,
        storage: null,
        WebSocket: WebSocket as never,
      })) as unknown as AnyRealm
      this.#realms.push(realm)
      this.#tally.connected += 1
      this.#watch(realm)
      await this.#script(this.#bot(realm, index))
    } catch (error) {
      this.#fail(error)
    }
  }

  #watch(realm: AnyRealm): void {
    let lost = false
    realm.onError((error: unknown) => this.#fail(error))
    realm.onStatus((status: string) => {
      if (this.#leaving) return
      if (status === 'connected' && lost) this.#tally.reconnected += 1
      if (status !== 'connected' && !lost) this.#tally.disconnected += 1
      lost = status !== 'connected'
    })
  }

  #bot(realm: AnyRealm, index: number): Bot<never> {
    const random = seededRandom(index + 1)
    return {
      realm,
      index,
      random,
      every: (ms, run) => {
        const guarded = () => {
          try {
            run()
          } catch (error) {
            this.#fail(error)
          }
        }
        const start = setTimeout(() => {
          this.#timers.push(setInterval(guarded, ms))
        }, random() * ms)
        this.#timers.push(start)
      },
    }
  }

  #fail(error: unknown): void {
    if (!this.#leaving) this.#tally.error(toRealmError(error).code)
  }

  leave(): void {
    this.#measure()
    this.#leaving = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const realm of this.#realms) realm.close()
  }

  #measure(): void {
    let [bytesIn, bytesOut] = [0, 0]
    for (const { traffic, ping } of this.#realms) {
      bytesIn += traffic.totalBytesIn
      bytesOut += traffic.totalBytesOut
      if (ping > 0) this.#tally.ping(ping)
    }
    Object.assign(this.#tally, { bytesIn, bytesOut })
  }

  showProgress(count: number): void {
    this.#measure()
    const { connected, errorCount, disconnected } = this.#tally
    const ping = this.#tally.pingMs(0.5).toFixed(1)
    const trouble = `${disconnected} lost · ${errorCount} errors`
    const line = `  ${connected}/${count} bots · ping ${ping} ms · ${trouble}`
    process.stdout.write(process.stdout.isTTY ? `\r${line}\u001b[K` : '')
  }

  failed(count: number): boolean {
    const { connected, disconnected, errorCount } = this.#tally
    return connected < count || disconnected > 0 || errorCount > 0
  }

  report({ count, seconds, json }: { count: number; seconds: number; json: boolean }): void {
    const { connected, disconnected, reconnected, bytesIn, bytesOut, errors } = this.#tally
    const result = {
      bots: count,
      connected,
      disconnected,
      reconnected,
      errors: Object.fromEntries(errors),
      pingP50Ms: round(this.#tally.pingMs(0.5)),
      pingP99Ms: round(this.#tally.pingMs(0.99)),
      bytesInPerBotPerSecond: perSecond(bytesIn, connected, seconds),
      bytesOutPerBotPerSecond: perSecond(bytesOut, connected, seconds),
    }
    if (json) {
      process.stdout.write(`${JSON.stringify(result)}\n`)
      return
    }
    const [perIn, perOut] = [result.bytesInPerBotPerSecond, result.bytesOutPerBotPerSecond]
    const problems = [...errors].map(([code, times]) => `${code} × ${times}`).join(', ')
    process.stdout.write(`${process.stdout.isTTY ? '\r\u001b[K' : ''}
  ${connected} of ${count} bots connected, ${disconnected} connections lost, ${reconnected} resumed
  round trip      ${result.pingP50Ms} ms median, ${result.pingP99Ms} ms p99
  each bot        ${kilobytes(perIn)} in, ${kilobytes(perOut)} out per second
  errors          ${problems === '' ? 'none' : problems}\n\n`)
  }
}

function perSecond(bytes: number, bots: number, seconds: number): number {
  return bots === 0 || seconds === 0 ? 0 : Math.round(bytes / bots / seconds)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}

function urlOf(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`'${text}' is no URL such as http://localhost:7777`)
  }
  return text
}

async function scriptOf(path: string | undefined): Promise<AnyScript> {
  if (path === undefined) return anyGame
  resolveOwnModules()
  const loaded: unknown = await import(pathToFileURL(resolve(path)).href).catch((error) => {
    throw new RealmError('BOT_SCRIPT_INVALID', path, { cause: moduleHooks.failure(error) })
  })
  const script = (loaded as { default?: unknown }).default
  if (typeof script !== 'function') {
    throw new RealmError('BOT_SCRIPT_INVALID', `${path} has no function as its default export.`)
  }
  return script as AnyScript
}

/** Resolves after `seconds` (0: never) or at the first SIGINT or SIGTERM. */
function ending(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (seconds > 0) setTimeout(resolve, seconds * 1000)
    process.on('SIGINT', resolve)
    process.on('SIGTERM', resolve)
  })
}

/** mulberry32 (Tommy Ettinger): small, fast, good enough for bots. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

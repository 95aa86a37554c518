import { RealmError } from '../errors/index.ts'
import type { Clock, Log, Store, Timer } from '../ports/index.ts'
import { record, text } from '../schema/index.ts'
import type { Directory } from './directory.ts'
import type { Member } from './member.ts'
import { defineMessage } from './message.ts'
import type { Address, Ownership } from './node.ts'
import type { Requests } from './requests.ts'

const dutyAddress: Address = 'duty/center/main'
/** How often the center looks, and how often others look whether there is one. */
const watchMs = 500
/** What did not start is tried again after this. */
const retryMs = 3000
const activateTimeoutMs = 10_000
/** A node that was asked and has not claimed the address by then is passed over for another. */
const claimMsMax = 1500
const pageRecords = 1000

const Activate = record({ address: text({ max: 256 }) })
/** Asks a node to activate an address that nobody owns. */
const activate = defineMessage('cluster.activate', Activate, record({}))

export interface CenterOptions {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly directory: Directory
  readonly requests: Requests
  readonly own: () => Member
  readonly alive: () => boolean
}

/** How an address is being started. */
interface Start {
  /** Those asked in vain, the latest included. */
  readonly asked: Set<string>
  triedMs: number
  /** When the next is asked, if nobody owns it by then. */
  againMs: number
}

/**
 * Keeps alive what must always be: one node of role `center` has the duty, by an ownership record
 * as for any address, and sees that every address marked in the store (`always/<address>`) has a
 * living owner. Two centers at once do no harm, since an address is claimed only once.
 */
export class Center {
  readonly #options: CenterOptions
  readonly #starts = new Map<Address, Start>()
  #timer: Timer | undefined
  #duty: Ownership | undefined
  #busy = false
  #handler: ((address: Address) => Promise<void>) | undefined

  constructor(options: CenterOptions) {
    this.#options = options
    options.requests.serve(activate, async (_from, { address }) => {
      if (this.#handler === undefined) throw new RealmError('NODE_STOPPED')
      options.directory.expect(address, options.own().id)
      await this.#handler(address)
      return {}
    })
  }

  start(): void {
    if (this.#options.store.exclusive) return
    this.#timer = this.#options.clock.every(watchMs, () => void this.#watch())
  }

  /** Who activates addresses here. */
  onActivate(handler: (address: Address) => Promise<void>): void {
    this.#handler = handler
  }

  /** From now on somebody always owns the address. */
  async keep(address: Address): Promise<void> {
    const { store } = this.#options
    if (store.exclusive || (await store.read(keyOf(address))) !== undefined) return
    const value = new Uint8Array(0)
    await store.transact({ checks: [], writes: [{ key: keyOf(address), value }] })
  }

  /** Its next end is its last, unless somebody asks for it. */
  async unkeep(address: Address): Promise<void> {
    const writes = [{ key: keyOf(address), value: undefined }]
    await this.#options.store.transact({ checks: [], writes })
  }

  /** Gives the duty up, so that another takes it at once. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#giveUp()
  }

  async #giveUp(): Promise<void> {
    const duty = this.#duty
    this.#duty = undefined
    if (duty !== undefined) await this.#options.directory.release(duty).catch(() => {})
  }

  async #watch(): Promise<void> {
    const { own, alive, log } = this.#options
    if (this.#busy || !alive() || !own().roles.includes('center')) return
    this.#busy = true
    try {
      // What it stops it must not start again itself.
      if (own().draining) await this.#giveUp()
      else if (await this.#onDuty()) await this.#careForAll()
    } catch (error) {
      log.debug({ error }, 'The center could not look; it will again.')
    } finally {
      this.#busy = false
    }
  }

  async #onDuty(): Promise<boolean> {
    const { directory, own } = this.#options
    if (this.#duty !== undefined) {
      if (await directory.holds(this.#duty)) return true
      this.#duty = undefined
    }
    // The record may name this node though it does not know: where the store's answer was lost.
    const owner = await directory.ownerOf(dutyAddress)
    if (owner !== undefined && owner !== own().id) return false
    this.#duty = await directory.claim(dutyAddress)
    return true
  }

  async #careForAll(): Promise<void> {
    const { store, directory, clock } = this.#options
    for (let after: string | undefined; ; ) {
      const from = after === undefined ? {} : { after }
      const page = await store.scan(prefix, { ...from, limit: pageRecords })
      for (const { key } of page) {
        const address = key.slice(prefix.length)
        const start = this.#starts.get(address)
        if (start !== undefined && clock.now() < start.againMs) continue
        if ((await directory.ownerOf(address)) === undefined) this.#restart(address, start)
        else this.#starts.delete(address)
      }
      after = page.at(-1)?.key
      if (page.length < pageRecords) return
    }
  }

  /**
   * Not awaited: what starts slowly must not keep the rest from starting. Nor is a node waited for
   * that may have stopped a moment ago and still counts as living: two that start it do no harm,
   * since only one of them can claim it.
   */
  #restart(address: Address, former: Start | undefined): void {
    const { clock, directory, requests, log } = this.#options
    const now = clock.now()
    const asked = new Set(former?.asked)
    const start = { asked, triedMs: now, againMs: now + claimMsMax }
    this.#starts.set(address, start)
    const failed = (error: unknown): void => {
      start.asked.clear()
      start.againMs = start.triedMs + retryMs
      log.warn({ error, address }, 'What must always be active could not be started.')
    }
    // That node may not have seen the former owner die yet: the next round looks again.
    const done = (): void => {
      if (this.#starts.get(address) === start) this.#starts.delete(address)
    }
    try {
      const { id: node } = directory.chooseOther(address, asked)
      if (asked.has(node)) asked.clear()
      asked.add(node)
      log.info({ address, on: node }, 'An address without a living owner is started.')
      directory.expect(address, node)
      requests.request(node, activate, { address }, activateTimeoutMs).then(done, failed)
    } catch (error) {
      failed(error)
    }
  }
}

const prefix = 'always/'

function keyOf(address: Address): string {
  return `${prefix}${address}`
}

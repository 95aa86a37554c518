import { type ServerAddress, serverAddress } from './address.ts'

const toldMax = 8

/**
 * The gates of a game that are known: those the program has named and those the server tells of. A
 * session goes on at any of them.
 */
export class Gates {
  readonly #named: readonly ServerAddress[]
  #told: readonly ServerAddress[] = []
  #current: ServerAddress
  #failures = 0
  /** Those tried since the last success. */
  readonly #tried = new Set<string>()

  /** @throws TypeError where there is none, or one is not the address of a server */
  constructor(urls: readonly string[]) {
    this.#named = urls.map(serverAddress)
    const [first] = this.#named
    if (first === undefined) throw new TypeError('The address of a server is missing.')
    this.#current = first
  }

  /** The one to talk to. */
  get current(): ServerAddress {
    return this.#current
  }

  /** What is stored of a server belongs to the one that was named first. */
  get home(): ServerAddress {
    return this.#named[0] as ServerAddress
  }

  /** Whether there is another to go to. */
  get several(): boolean {
    return this.#all().length > 1
  }

  /** The current one works. */
  connected(): void {
    this.#failures = 0
    this.#tried.clear()
  }

  /**
   * The current one has failed: after the second time in a row, or at once where it is not worth
   * another attempt (it said that it closes, or says nothing at all), the next one is current.
   * @returns whether that is one that has not failed since the last success
   */
  failed(leave: boolean): boolean {
    this.#failures += 1
    this.#tried.add(this.#current.base)
    if (this.#failures < 2 && !leave) return false
    const all = this.#all()
    const at = all.findIndex(({ base }) => base === this.#current.base)
    this.#current = all[(at + 1) % all.length] as ServerAddress
    return !this.#tried.has(this.#current.base)
  }

  /** The server tells of other gates, the best one first. */
  told(urls: readonly string[]): void {
    const usable: ServerAddress[] = []
    for (const url of urls.slice(0, toldMax)) {
      const address = this.#usable(url)
      if (address !== undefined) usable.push(address)
    }
    this.#told = usable
  }

  /** Goes where the server says, if that is anywhere. */
  moveTo(url: string): void {
    const address = this.#usable(url)
    if (address === undefined) return
    this.#current = address
    this.#failures = 0
  }

  #all(): ServerAddress[] {
    const all = [this.#current, ...this.#told, ...this.#named]
    const bases = all.map(({ base }) => base)
    return all.filter(({ base }, index) => bases.indexOf(base) === index)
  }

  /**
   * What a server takes for its address need not be one from here: neither a machine's own name for
   * itself, nor one without TLS where it was reached by it.
   */
  #usable(url: string): ServerAddress | undefined {
    try {
      const address = serverAddress(url)
      const { base } = this.home
      if (isOwn(address.base) && !isOwn(base)) return undefined
      return base.startsWith('https:') && !address.base.startsWith('https:') ? undefined : address
    } catch {
      return undefined
    }
  }
}

function isOwn(base: string): boolean {
  return /^https?:\/\/(localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])(:\d+)?(\/|$)/.test(base)
}

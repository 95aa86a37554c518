import type { ClusterNode, Member } from '../cluster/index.ts'
import { gatesToldMax } from '../protocol/index.ts'

/** The gates of the cluster, as far as clients are told of them. */
export class GateDirectory {
  readonly #node: ClusterNode
  readonly #load: () => number
  /**
   * Clients sent to a gate, this one included, since it last told its load: a renewal brings a new
   * object.
   */
  readonly #sent = new WeakMap<Member, number>()
  #known = ''
  #origins: { readonly of: readonly Member[]; readonly all: ReadonlySet<string> } | undefined

  /** @param load what this gate tells of itself */
  constructor(node: ClusterNode, load: () => number) {
    this.#node = node
    this.#load = load
  }

  /** Addresses of other gates that take clients in, the least loaded first. */
  others(): string[] {
    const urls = this.#open().map(({ url }) => url)
    return [...new Set(urls)].slice(0, gatesToldMax)
  }

  /** The others, where they are not those of the call before. */
  news(): string[] | undefined {
    const urls = this.others()
    const known = urls.toSorted().join(' ')
    if (known === this.#known) return undefined
    this.#known = known
    return urls
  }

  /**
   * Where a new client is best off: the address of another gate, or empty where it is this one.
   * @param leaving whether this gate takes nobody in
   */
  choose(leaving: boolean): string {
    const [best] = this.#open()
    if (best === undefined) return ''
    const { id } = this.#node
    const own = this.#node.view().find((member) => member.id === id)
    // Those who were told to stay have not all come yet.
    const ownLoad = this.#load() + ((own && this.#sent.get(own)) ?? 0)
    const stays = !leaving && this.#loadOf(best) >= ownLoad
    const chosen = stays ? own : best
    if (chosen !== undefined) this.#sent.set(chosen, (this.#sent.get(chosen) ?? 0) + 1)
    return stays ? '' : best.url
  }

  /** How many players fit in at this gate and others, where each takes `sessionsMax`. */
  room(sessionsMax: number): number {
    const loads = [this.#load(), ...this.#open().map((member) => this.#loadOf(member))]
    return loads.reduce((room, load) => room + Math.max(0, sessionsMax - load), 0)
  }

  /** The origins of all gates: a page of one of them may use the others. */
  get origins(): ReadonlySet<string> {
    const of = this.#node.view()
    if (this.#origins?.of !== of) {
      const urls = of.map(({ url }) => url).filter((url) => URL.canParse(url))
      this.#origins = { of, all: new Set(urls.map((url) => new URL(url).origin)) }
    }
    return this.#origins.all
  }

  /** By load; those behind one address with this gate are no other ones. */
  #open(): Member[] {
    const { id } = this.#node
    const all = this.#node.view()
    const own = all.find((member) => member.id === id)?.url
    return all
      .filter(({ roles, draining, url }) => {
        return roles.includes('gate') && !draining && url !== '' && url !== own
      })
      .toSorted((a, b) => this.#loadOf(a) - this.#loadOf(b))
  }

  #loadOf(member: Member): number {
    return member.loads.gate + (this.#sent.get(member) ?? 0)
  }
}

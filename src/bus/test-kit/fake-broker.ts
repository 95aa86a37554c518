import type { Link, LinkHandlers } from '../nats-link.ts'

type Step = () => void

interface Client {
  readonly handlers: LinkHandlers
  readonly subjects: readonly RegExp[]
  connected: boolean
  heard: boolean
  /** What the client has said and the broker has not yet read. */
  out: Step[]
  /** What the broker has said and the client has not yet read. */
  in: Step[]
}

/** A link whose connection a test can cut and mend. */
export interface FakeLink extends Link {
  cut(): void
  mend(): void
}

/**
 * NATS as the bus sees it, one step at a time: order is kept on each connection and nowhere else, a
 * client does not hear itself, and what nobody hears is answered if it has a reply subject.
 */
export class FakeBroker {
  readonly #clients: Client[] = []
  /** Drops what is published to these. */
  lossy: (subject: string) => boolean = () => false

  connect(subjects: readonly string[], handlers: LinkHandlers): FakeLink {
    const patterns = subjects.map(patternOf)
    const client: Client = {
      ...{ handlers, subjects: patterns, connected: true, heard: false, out: [], in: [] },
    }
    this.#clients.push(client)
    const hear = (): void => {
      client.out.push(() => {
        client.heard = true
      })
    }
    hear()
    return {
      get connected() {
        return client.connected
      },
      payloadBytesMax: 2 ** 20,
      publish: (subject, bytes, reply) => {
        if (client.connected) client.out.push(() => this.#route(client, subject, bytes, reply))
      },
      flush: () =>
        new Promise((done) => {
          client.out.push(() => client.in.push(done))
        }),
      close: async () => this.#cut(client),
      cut: () => {
        this.#cut(client)
        handlers.down()
      },
      mend: () => {
        client.connected = true
        hear()
        handlers.up()
      },
    }
  }

  /** Does one of the steps that may come next. @returns false where there is none. */
  step(choice: number): boolean {
    const queues = this.#clients.flatMap((client) => [client.out, client.in])
    const open = queues.filter((queue) => queue.length > 0)
    open[choice % open.length]?.shift()?.()
    return open.length > 0
  }

  #cut(client: Client): void {
    client.connected = false
    client.heard = false
    client.out = []
    client.in = []
  }

  #route(from: Client, subject: string, bytes: Uint8Array, reply: string | undefined): void {
    if (this.lossy(subject)) return
    const hearers = this.#clients.filter(
      (client) =>
        client !== from && client.heard && client.subjects.some((pattern) => pattern.test(subject)),
    )
    for (const { in: queue, handlers } of hearers) {
      queue.push(() => handlers.message(subject, bytes, false))
    }
    if (hearers.length > 0 || reply === undefined) return
    from.in.push(() => from.handlers.message(reply, new Uint8Array(), true))
  }
}

function patternOf(subject: string): RegExp {
  return new RegExp(`^${subject.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`)
}

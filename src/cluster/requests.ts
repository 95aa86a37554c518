import { type ErrorCode, errorRegistry, RealmError, toRealmError } from '../errors/index.ts'
import type { Clock, Fill, Log, Timer } from '../ports/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import type { Link, Links } from './links.ts'
import type { MessageKind } from './message.ts'

/** What a body begins with. */
const form = { post: 0, request: 1, answer: 2, failure: 3 } as const

const deadlineSweepMs = 100
const detailUnitsMax = 512

type AnyKind = MessageKind<unknown, unknown>

interface Served {
  readonly kind: AnyKind
  handler(from: string, input: unknown): unknown
}

interface Pending {
  /** By which it was sent: no other brings the answer. */
  link: Link | undefined
  readonly kind: AnyKind
  readonly deadlineMs: number
  readonly resolve: (output: unknown) => void
  readonly reject: (error: RealmError) => void
}

export interface RequestsOptions {
  readonly id: string
  readonly clock: Clock
  readonly log: Log
  readonly pendingRequestsMax: number
}

/** Messages of this node: served kinds, answers and their deadlines, over its links. */
export class Requests {
  readonly #options: RequestsOptions
  readonly #served = new Map<string, Served>()
  readonly #pending = new Map<number, Pending>()
  readonly #writer = new Writer()
  #links: Links | undefined
  #lastId = 0
  #sweep: Timer | undefined
  #closed = false

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Ties it to the links by which its messages go. */
  attach(links: Links): void {
    this.#links = links
  }

  serve<I, O>(kind: MessageKind<I, O>, handler: (from: string, input: I) => O | Promise<O>): void {
    if (this.#served.has(kind.name)) throw new Error(`${kind.name} is served twice.`)
    this.#served.set(kind.name, { kind, handler })
  }

  fills(): Fill[] {
    const { pendingRequestsMax } = this.#options
    return [
      { limit: 'pendingRequestsMax', of: '', size: this.#pending.size, max: pendingRequestsMax },
    ]
  }

  post<I>(to: string, kind: MessageKind<I, undefined>, input: I): void {
    if (this.#closed) return
    if (to === this.#options.id) {
      this.#runPost(to, kind.name, () => input)
      return
    }
    const message = this.#write((writer) => {
      writer.u8(form.post)
      writer.text(kind.name)
      kind.input.write(writer, input)
    })
    if (kind.loose === true) this.#links?.sendLoose(to, message)
    else this.#links?.send(to, message)
  }

  /** What `output` of the kind reads is an `O`, as is what its handler returns. */
  async request<I, O>(
    to: string,
    kind: MessageKind<I, O>,
    input: I,
    timeoutMs: number,
  ): Promise<O> {
    return (await this.#request(to, kind, input, timeoutMs)) as O
  }

  async #request<I>(
    to: string,
    kind: MessageKind<I, unknown>,
    input: I,
    timeoutMs: number,
  ): Promise<unknown> {
    if (this.#closed) throw new RealmError('NODE_STOPPED')
    if (to === this.#options.id) return this.#handlerOf(kind.name).handler(to, input)
    if (this.#pending.size >= this.#options.pendingRequestsMax) throw new RealmError('NODE_BUSY')
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#options.clock.now() + timeoutMs
      const pending: Pending = { link: undefined, kind, deadlineMs, resolve, reject }
      this.#pending.set(id, pending)
      this.#sweep ??= this.#options.clock.every(deadlineSweepMs, () => this.#sweepDeadlines())
      try {
        const message = this.#write((writer) => {
          writer.u8(form.request)
          writer.varint(id)
          writer.text(kind.name)
          kind.input.write(writer, input)
        })
        pending.link = this.#links?.send(to, message)
      } catch (error) {
        this.#take(id)?.reject(toRealmError(error))
      }
    })
  }

  /** Gives up what waits for an answer by a link that is broken. */
  abandon(link: Link): void {
    for (const [id, pending] of this.#pending) {
      if (pending.link === link) this.#take(id)?.reject(new RealmError('NODE_LOST'))
    }
  }

  /** One message by a link. Whatever it holds, nothing is thrown. */
  receive(from: string, message: Uint8Array, link: Link): void {
    if (this.#closed) return
    try {
      this.#dispatch(from, link, new Reader(message))
    } catch (error) {
      this.#options.log.warn({ error, from }, 'A message of another node could not be read.')
    }
  }

  close(): void {
    this.#closed = true
    this.#sweep?.cancel()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(new RealmError('NODE_STOPPED'))
  }

  #dispatch(from: string, link: Link, reader: Reader): void {
    switch (reader.u8()) {
      case form.post: {
        const name = reader.text(64)
        this.#runPost(from, name, (kind) => readWhole(reader, (rest) => kind.input.read(rest)))
        return
      }
      case form.request:
        // Never rejects: every failure is answered.
        void this.#answer(from, link, reader)
        return
      case form.answer: {
        const pending = this.#pendingOf(link, reader)
        const output = pending?.kind.output
        if (output !== undefined) pending?.resolve(readWhole(reader, (rest) => output.read(rest)))
        return
      }
      case form.failure:
        this.#pendingOf(link, reader)?.reject(readFailure(reader))
        return
      default:
        throw new RealmError('SCHEMA_MALFORMED', 'No form of message has that number.')
    }
  }

  #pendingOf(link: Link, reader: Reader): Pending | undefined {
    const id = reader.varint()
    return this.#pending.get(id)?.link === link ? this.#take(id) : undefined
  }

  #runPost(from: string, name: string, inputOf: (kind: AnyKind) => unknown): void {
    const failed = (error: unknown): void => {
      this.#options.log.warn({ error, from, kind: name }, 'A message could not be handled.')
    }
    try {
      const { kind, handler } = this.#handlerOf(name)
      const result = handler(from, inputOf(kind))
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  async #answer(from: string, link: Link, reader: Reader): Promise<void> {
    const id = reader.varint()
    try {
      const { kind, handler } = this.#handlerOf(reader.text(64))
      const input = readWhole(reader, (rest) => kind.input.read(rest))
      const output = await handler(from, input)
      this.#reply(from, link, (writer) => {
        writer.u8(form.answer)
        writer.varint(id)
        kind.output?.write(writer, output)
      })
    } catch (error) {
      const { code, detail } = this.#known(error, from)
      this.#reply(from, link, (writer) => {
        writer.u8(form.failure)
        writer.varint(id)
        writer.text(code)
        writer.text(detail.slice(0, detailUnitsMax))
      })
    }
  }

  /** An answer that does not fit is missed by its asker only, who waits in vain. */
  #reply(to: string, link: Link, body: (writer: Writer) => void): void {
    if (this.#closed) return
    const message = this.#write(body)
    try {
      this.#links?.answer(to, link, message)
    } catch (error) {
      this.#options.log.error({ error, to }, 'An answer could not be sent.')
    }
  }

  #known(error: unknown, from: string): RealmError {
    if (!(error instanceof RealmError)) {
      this.#options.log.error({ error, from }, 'A request of another node failed.')
    }
    return toRealmError(error)
  }

  #handlerOf(name: string): Served {
    const served = this.#served.get(name)
    if (served === undefined) throw new RealmError('NODE_STOPPED', `It does not serve ${name}.`)
    return served
  }

  #write(body: (writer: Writer) => void): Uint8Array {
    this.#writer.reset()
    body(this.#writer)
    return this.#writer.finish()
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size === 0) {
      this.#sweep?.cancel()
      this.#sweep = undefined
    }
    return pending
  }

  #sweepDeadlines(): void {
    const now = this.#options.clock.now()
    for (const [id, { deadlineMs }] of this.#pending) {
      if (now >= deadlineMs) this.#take(id)?.reject(new RealmError('DEADLINE'))
    }
  }
}

function readWhole<T>(reader: Reader, read: (reader: Reader) => T): T {
  const value = read(reader)
  reader.end()
  return value
}

function readFailure(reader: Reader): RealmError {
  const code = reader.text(64)
  const detail = reader.text(detailUnitsMax)
  // A newer node may know codes that this one does not.
  return Object.hasOwn(errorRegistry, code)
    ? new RealmError(code as ErrorCode, detail)
    : new RealmError('INTERNAL', code)
}

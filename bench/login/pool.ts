import { connect, type Socket } from 'node:net'
import type { ServerAddress } from '../lib/contender.ts'

const ANSWER_BYTES_MAX = 64 * 1024

/** All sockets read into this one buffer: each read is used up before the next one begins. */
const shared = Buffer.allocUnsafe(ANSWER_BYTES_MAX)

interface Asking {
  readonly bytes: string
  answered(body: string): void
  failed(error: Error): void
}

/**
 * POSTs over a bounded number of connections that are kept, as a proxy in front of a gate does. It
 * reads no more of an answer than it must, so that the load takes little from those it is for.
 */
export class Pool {
  readonly #address: ServerAddress
  readonly #connectionsMax: number
  readonly #idle: Line[] = []
  readonly #waiting: Asking[] = []
  #open = 0

  constructor(address: ServerAddress, connectionsMax: number) {
    this.#address = address
    this.#connectionsMax = connectionsMax
  }

  /** Resolves to the body of the answer, whatever its status. */
  post(path: string, body: string): Promise<string> {
    const { host, port } = this.#address
    const bytes =
      `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return new Promise((answered, failed) => {
      this.#waiting.push({ bytes, answered, failed })
      this.#next()
    })
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    const line = this.#idle.pop() ?? this.#newLine()
    const asking = line && this.#waiting.shift()
    if (asking) line.ask(asking)
  }

  #newLine(): Line | undefined {
    if (this.#open >= this.#connectionsMax) return undefined
    this.#open += 1
    return new Line(
      this.#address,
      (line) => {
        this.#idle.push(line)
        this.#next()
      },
      (line) => {
        this.#open -= 1
        const at = this.#idle.indexOf(line)
        if (at >= 0) this.#idle.splice(at, 1)
        this.#next()
      },
    )
  }
}

/** One connection, one request at a time. */
class Line {
  readonly #socket: Socket
  readonly #free: (line: Line) => void
  #asking: Asking | undefined
  #text = ''

  constructor(address: ServerAddress, free: (line: Line) => void, gone: (line: Line) => void) {
    this.#free = free
    const callback = (size: number): boolean => {
      this.#received(shared.toString('latin1', 0, size))
      return true
    }
    this.#socket = connect({ ...address, noDelay: true, onread: { buffer: shared, callback } })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => {
      this.#fail(new Error('the server hung up'))
      gone(this)
    })
  }

  ask(asking: Asking): void {
    this.#asking = asking
    this.#socket.write(asking.bytes, 'latin1')
  }

  #fail(error: Error): void {
    this.#asking?.failed(error)
    this.#asking = undefined
  }

  #received(text: string): void {
    this.#text += text
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#text.slice(0, end).toLowerCase()
    const bytes = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? Number.NaN)
    if (Number.isNaN(bytes)) return void this.#socket.destroy(new Error(`an answer of ${head}`))
    if (this.#text.length < end + 4 + bytes) return
    const body = this.#text.slice(end + 4)
    this.#text = ''
    this.#asking?.answered(body)
    this.#asking = undefined
    if (head.includes('\r\nconnection: close')) this.#socket.end()
    else this.#free(this)
  }
}

import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { FromHub, ToHub } from './threads-wire.ts'

interface Line {
  readonly thread: number
  readonly control: MessagePort
  /** Names of the nodes that joined from there, by life. */
  readonly lives: Map<number, string>
}

/**
 * Knows which node is on which thread, and gives each pair of threads that have something to say a
 * port of their own. No message of a node passes through it.
 */
export class Hub {
  readonly #lines = new Map<number, Line>()
  readonly #names = new Map<string, { readonly life: number; readonly thread: number }>()
  readonly #pairs = new Set<string>()
  #threads = 0
  #lives = 0

  /** Takes a thread's line. @returns how to end it when the thread has ended. */
  attach(control: MessagePort): () => void {
    this.#threads += 1
    const line: Line = { thread: this.#threads, control, lives: new Map() }
    this.#lines.set(line.thread, line)
    control.on('message', (message: ToHub) => this.#told(line, message))
    const end = (): void => this.#end(line)
    control.on('close', end)
    control.unref()
    return end
  }

  close(): void {
    for (const line of [...this.#lines.values()]) this.#end(line)
  }

  #told(line: Line, message: ToHub): void {
    switch (message.kind) {
      case 'join':
        this.#join(line, message.request, message.name)
        return
      case 'leave':
        this.#leave(line, message.life)
        say(line, { kind: 'left', life: message.life })
        return
      case 'find':
        this.#find(line, message.name)
    }
  }

  #join(line: Line, request: number, name: string): void {
    if (this.#names.has(name)) {
      say(line, { kind: 'refused', request })
      return
    }
    this.#lives += 1
    const life = this.#lives
    this.#names.set(name, { life, thread: line.thread })
    line.lives.set(life, name)
    say(line, { kind: 'joined', request, life })
  }

  #leave(line: Line, life: number): void {
    const name = line.lives.get(life)
    if (name === undefined) return
    line.lives.delete(life)
    this.#names.delete(name)
    for (const other of this.#lines.values()) say(other, { kind: 'gone', name, life })
  }

  #find(line: Line, name: string): void {
    const { life, thread } = this.#names.get(name) ?? { life: 0, thread: 0 }
    const other = this.#lines.get(thread)
    if (other !== undefined && other !== line) this.#pair(line, other)
    say(line, { kind: 'found', name, life, thread })
  }

  #pair(one: Line, other: Line): void {
    const pair = pairOf(one.thread, other.thread)
    if (this.#pairs.has(pair)) return
    this.#pairs.add(pair)
    const { port1, port2 } = new MessageChannel()
    say(one, { kind: 'open', thread: other.thread, port: port1 }, port1)
    say(other, { kind: 'open', thread: one.thread, port: port2 }, port2)
  }

  #end(line: Line): void {
    if (!this.#lines.delete(line.thread)) return
    for (const life of [...line.lives.keys()]) this.#leave(line, life)
    for (const other of this.#lines.values()) {
      this.#pairs.delete(pairOf(line.thread, other.thread))
      say(other, { kind: 'ended', thread: line.thread })
    }
    line.control.close()
  }
}

function say({ control }: Line, message: FromHub, port?: MessagePort): void {
  control.postMessage(message, port === undefined ? [] : [port])
}

function pairOf(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}

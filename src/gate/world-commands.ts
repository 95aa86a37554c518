import type { CommandBatch, Host } from '../actor/index.ts'
import type { Address } from '../cluster/index.ts'
import type { Clock } from '../ports/index.ts'
import type { CommandHead } from '../protocol/index.ts'

export interface WorldCommandsParts {
  readonly gate: string
  readonly clock: Clock
  readonly host: Pick<Host, 'post'>
  /** A batch did not reach its world: those who sent it are to be told. */
  refused(stays: readonly string[], error: unknown): void
}

/** How long commands are gathered: worlds apply them at their next tick anyway. */
const gatherMs = 2
/** A batch with so many goes at once. */
const batchCommandsMax = 1024
const batchBytesMax = 256 * 1024

interface Gathered extends CommandBatch {
  readonly sessions: string[]
  readonly commands: number[]
  readonly sequences: number[]
  readonly seen: number[]
  readonly ends: number[]
  inputs: Uint8Array
}

/**
 * Gathers the commands for each world and hands them over together: worlds apply them at the next
 * tick, so one message for all of them serves as well as one for each.
 */
export class WorldCommands {
  readonly #parts: WorldCommandsParts
  readonly #batches = new Map<Address, Gathered>()
  #armed = false
  /** Room for the inputs of a batch: somewhat more than the last ones needed. */
  #roomBytes = 256

  constructor(parts: WorldCommandsParts) {
    this.#parts = parts
  }

  /** Takes the command that `head` tells of, its input being copied from `bytes`. */
  add(world: Address, stay: string, command: number, head: CommandHead, bytes: Uint8Array): void {
    const batch = this.#batches.get(world) ?? this.#begin(world)
    const start = batch.ends.length === 0 ? 0 : (batch.ends[batch.ends.length - 1] as number)
    let at = start
    const end = start + head.inputEnd - head.inputStart
    if (end > batch.inputs.length) batch.inputs = grown(batch.inputs, end)
    for (let from = head.inputStart; from < head.inputEnd; from += 1) {
      batch.inputs[at++] = bytes[from] as number
    }
    batch.sessions.push(stay)
    batch.commands.push(command)
    batch.sequences.push(head.sequence)
    batch.seen.push(head.seen)
    batch.ends.push(end)
    if (batch.ends.length >= batchCommandsMax || end >= batchBytesMax) this.flush(world)
  }

  /** Hands over what is gathered for the world. To be called before it is told anything else. */
  flush(world: Address): void {
    const batch = this.#batches.get(world)
    if (batch === undefined) return
    this.#batches.delete(world)
    this.#roomBytes = Math.max(256, batch.inputs.length)
    batch.inputs = batch.inputs.subarray(0, batch.ends[batch.ends.length - 1])
    const { host, refused } = this.#parts
    host.post(world, { op: 'commands', batch }, (error) => refused(batch.sessions, error))
  }

  flushAll(): void {
    for (const world of this.#batches.keys()) this.flush(world)
  }

  #begin(world: Address): Gathered {
    const { gate, clock } = this.#parts
    const lists = { sessions: [], commands: [], sequences: [], seen: [], ends: [] }
    const batch: Gathered = { gate, ...lists, inputs: new Uint8Array(this.#roomBytes) }
    this.#batches.set(world, batch)
    if (this.#armed) return batch
    this.#armed = true
    clock.after(gatherMs, () => {
      this.#armed = false
      this.flushAll()
    })
    return batch
  }
}

function grown(bytes: Uint8Array, needed: number): Uint8Array {
  const larger = new Uint8Array(Math.max(needed, bytes.length * 2))
  larger.set(bytes)
  return larger
}

import { RealmError } from '../errors/index.ts'
import {
  type Fields,
  Mirror,
  Reader,
  type RecordType,
  type TypeDescriptor,
} from '../schema/index.ts'
import type { BlockTypes } from './catalogue.ts'
import type { Content, ContentMessage } from './channel.ts'
import type { Hub } from './hub.ts'

const malformed: readonly string[] = ['SCHEMA_TRUNCATED', 'SCHEMA_LIMIT', 'SCHEMA_MALFORMED']

/** The mirrored state of a room or a watched actor. */
export class StateContent implements Content {
  /** Until the first full state has come. */
  waiting = true
  readonly #hub: Hub
  #descriptor: string
  readonly #mirror: Mirror<Fields>

  constructor(hub: Hub, block: BlockTypes) {
    this.#hub = hub
    this.#descriptor = JSON.stringify(block.descriptor.state)
    this.#mirror = new Mirror(stateType(block))
  }

  get state(): object {
    return this.#mirror.state
  }

  joined(): void {}

  take(message: ContentMessage): void {
    if (message.type === 'stateFull') {
      const reader = new Reader(message.body.state)
      this.#guard(() => this.#mirror.readFull(reader))
      reader.end()
      this.waiting = false
    } else if (message.type === 'stateDelta') {
      const reader = new Reader(message.body.delta)
      this.#guard(() => this.#mirror.applyDelta(reader))
      reader.end()
    } else {
      throw new RealmError('PROTOCOL_GARBAGE', 'This channel is no world.')
    }
  }

  restarted(): void {}

  /** The state stays the same object, with all listeners of what is still there. */
  retype(block: BlockTypes): void {
    const descriptor = JSON.stringify(block.descriptor.state)
    if (descriptor === this.#descriptor) return
    this.#descriptor = descriptor
    this.#mirror.retype(stateType(block))
  }

  /** A mirror passes on what listeners threw, after the update: that is no fault of the bytes. */
  #guard(read: () => void): void {
    try {
      read()
    } catch (thrown) {
      if (thrown instanceof RealmError && malformed.includes(thrown.code)) throw thrown
      this.#hub.fault(thrown)
    }
  }
}

function stateType(block: BlockTypes): RecordType<Fields> {
  const { state } = block.descriptor
  return block.type(state satisfies TypeDescriptor | undefined) as unknown as RecordType<Fields>
}

import { type Address, defineMessage, type MessageCodec } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Delivery, EventMark } from './behaviour.ts'
import { readAll, readMark, readMember, writeAll, writeMark, writeMember } from './messages.ts'

/** A delivery on its way to the gate of its members. */
export interface GateDelivery {
  readonly address: Address
  /** Of the owner that says it: what a former owner says after a later one is void. */
  readonly epoch: number
  /**
   * Of an event its own; a former owner may have told it first. Of `resumed` that of the last one
   * before what follows, of `caughtUp` that of the last one there was. Otherwise nothing.
   */
  readonly mark: EventMark
  readonly delivery: Delivery
}

const deliveryKinds = [
  'full',
  'delta',
  'event',
  'left',
  'fail',
  'begun',
  'resumed',
  'caughtUp',
] as const

const gateDelivery: MessageCodec<GateDelivery> = {
  write(writer, { address, epoch, mark, delivery }) {
    writer.text(address)
    writer.varint(epoch)
    writeMark(writer, mark)
    writer.u8(deliveryKinds.indexOf(delivery.kind))
    writeAll(writer, delivery.to, (member) => writeMember(writer, member))
    writer.u8(delivery.event)
    writer.bytes(delivery.payload)
  },
  read(reader) {
    const address = reader.text(256)
    const epoch = reader.varint()
    const mark = readMark(reader)
    const kind = deliveryKinds[reader.u8()]
    if (kind === undefined) throw new RealmError('SCHEMA_MALFORMED', 'No delivery has that kind.')
    const to = readAll(reader, () => readMember(reader))
    const delivery = { kind, to, event: reader.u8(), payload: reader.bytes() }
    return { address, epoch, mark, delivery }
  },
}

/** Of what is no event. */
export const noMark: EventMark = { epoch: 0, number: 0 }

/**
 * Served by the gate: a delivery for sessions it holds. For a session that it does not know, it
 * tells the address that the connection is lost, and after the resume window `leave`, so that
 * nobody stays a member for ever after a crash.
 */
export const gateDeliver = defineMessage('gate.deliver', gateDelivery)

import { Reader, Writer } from '../../../schema/index.ts'
import { type Canary, transacting } from './plant.ts'

/** Of an actor's blob: all is there that was remembered of calls. */
const withAllCalls = 2

/** An actor's blob as if it had never been called, with the state that it has. */
function uncalled(value: Uint8Array): Uint8Array {
  const reader = new Reader(value)
  const writer = new Writer()
  const format = reader.u8()
  writer.u8(format & ~withAllCalls)
  writer.bytes(reader.bytes())
  // How long ago something was forgotten, then the answers.
  reader.varint()
  for (let left = reader.varint(); left > 0; left -= 1) {
    reader.text()
    reader.bytes()
  }
  if ((format & withAllCalls) !== 0) skipRest(reader)
  writer.varint(0)
  writer.varint(0)
  writer.raw(reader.raw(reader.remaining))
  return writer.finish()
}

/** Refusals, and the last number of each session. */
function skipRest(reader: Reader): void {
  for (let left = reader.varint(); left > 0; left -= 1) {
    for (let texts = 0; texts < 3; texts += 1) reader.text()
  }
  for (let left = reader.varint(); left > 0; left -= 1) {
    reader.text()
    reader.varint()
  }
}

function rewriting(name: string, of: string, rewrite: (value: Uint8Array) => Uint8Array): Canary {
  return transacting(name, () => (store) => (transaction) => {
    const writes = transaction.writes.map((write) => {
      const { key, value } = write
      const meant = value !== undefined && value.length > 0 && key.startsWith(of)
      return meant ? { key, value: rewrite(value) } : write
    })
    return store.transact({ ...transaction, writes })
  })
}

/** Bugs in what is kept of an activation beside its state. */
export const blobCanaries: readonly Canary[] = [
  rewriting('a store that loses what an actor has answered', 'state/actor/purse/', uncalled),
]

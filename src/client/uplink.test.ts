import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kept, Uplink } from './uplink.ts'

function message(id: number): Kept {
  return { kind: 'call', id, channel: 0, bytes: new Uint8Array(1), sent: false }
}

test('what was made for several manifests is sent again with each told in its place', () => {
  const uplink = new Uplink()
  uplink.keep(message(1))
  uplink.outdate(4)
  uplink.keep(message(2))
  uplink.keep(message(3))
  uplink.outdate(9)
  uplink.keep(message(4))
  const said: string[] = []
  uplink.sendAgain(
    ({ id }) => said.push(`message ${id}`),
    (received) => said.push(`has ${received}`),
  )
  const all = ['message 1', 'has 4', 'message 2', 'message 3', 'has 9', 'message 4']
  assert.deepEqual(said, all)
})

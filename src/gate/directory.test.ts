import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ClusterNode, Member } from '../cluster/index.ts'
import { GateDirectory } from './directory.ts'

function gate(id: string, sessions: number): Member {
  const loads = { gate: sessions, logic: 0, room: 0, world: 0, center: 0 }
  const rest = { incarnation: id, version: '', draining: false, process: '' }
  return { id, roles: ['gate'], url: `http://${id}`, loads, ...rest, publicKey: new Uint8Array(0) }
}

it('spreads those who log in at once, before any of them has come', () => {
  const members = [gate('a', 4), gate('b', 0), gate('c', 0)]
  const node = { id: 'a', view: () => members } as unknown as ClusterNode
  const directory = new GateDirectory(node, () => 4)
  const chosen = Array.from({ length: 17 }, () => directory.choose(false) || 'here')
  const counted = ['here', 'http://b', 'http://c'].map(
    (where) => chosen.filter((one) => one === where).length,
  )
  assert.deepEqual(counted, [3, 7, 7])
})

it('sends everybody away from a gate that is about to stop', () => {
  const members = [gate('a', 0), gate('b', 50)]
  const node = { id: 'a', view: () => members } as unknown as ClusterNode
  const directory = new GateDirectory(node, () => 0)
  assert.equal(directory.choose(true), 'http://b')
})

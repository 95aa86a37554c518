import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { allRoles, type Member, noLoads, type Role } from './member.ts'
import { Placement, place } from './placement.ts'
import { testCluster } from './test-kit/index.ts'

function member(id: string, more: Partial<Member> = {}): Member {
  return {
    ...{ id, incarnation: `${id}-1`, roles: allRoles, version: '', url: '', loads: noLoads },
    ...{ draining: false, publicKey: new Uint8Array(0), process: '' },
    ...more,
  }
}

const busy = (role: Role, load: number) => ({ loads: { ...noLoads, [role]: load } })

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

describe('placement', () => {
  it('gives each address to a node of its role', () => {
    const roles: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']
    const members = roles.map((role) => member(role, { roles: [role] }))
    const placed = ['gate/x', 'actor/a/x', 'room/r/x', 'world/w/x', 'duty/center/main', 'else/x/y']
    assert.deepEqual(
      placed.map((address) => place(address, members).id),
      [...roles, 'logic'],
    )
    assert.throws(
      () => place('world/w/x', [member('a', { roles: ['gate'] })]),
      hasCode('NODE_MISSING'),
    )
  })

  it('keeps an actor where it is when others come and go, whatever the load', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 2, maxLength: 9 })
    fc.assert(
      fc.property(ids, fc.nat(1000), fc.string(), (names, load, key) => {
        const members = names.map((id) => member(id))
        const chosen = place(`actor/hero/${key}`, members)
        const loaded = members.map((one) =>
          one === chosen ? { ...one, ...busy('logic', load) } : one,
        )
        assert.equal(place(`actor/hero/${key}`, loaded).id, chosen.id)
        for (const gone of members) {
          const rest = members.filter((one) => one !== gone)
          if (gone !== chosen) assert.equal(place(`actor/hero/${key}`, rest), chosen)
        }
      }),
    )
  })

  it('gives rooms, worlds and connections to the least loaded, the same for all who look', () => {
    const loads = { a: busy('room', 3), b: busy('room', 1), c: busy('room', 1), d: {} }
    const members = Object.entries(loads).map(([id, load]) => member(id, load))
    assert.equal(place('room/r/x', members).id, 'd')
    members.pop()
    for (let key = 0; key < 20; key += 1) {
      const { id } = place(`room/r/${key}`, members)
      assert.notEqual(id, 'a')
      assert.equal(place(`room/r/${key}`, members.toReversed()).id, id)
    }
  })

  it('looks at what a node does in other roles where that of the role is the same', () => {
    const members = [member('a', busy('world', 3)), member('b', busy('room', 1))]
    assert.equal(place('room/r/x', members).id, 'a')
    assert.equal(place('gate/x', members).id, 'b')
  })

  it('gives nothing new to a node that is about to stop, unless there is no other', () => {
    const draining = member('a', { draining: true })
    assert.equal(place('room/r/x', [draining, member('b', busy('room', 9))]).id, 'b')
    assert.equal(place('room/r/x', [draining]).id, 'a')
  })

  it('spreads 300 connections over three nodes within one between two renewals', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id))
    const placement = new Placement()
    const counts = new Map<string, number>()
    for (let key = 0; key < 300; key += 1) {
      const { id } = placement.choose(`gate/${key}`, members)
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    assert.deepEqual([...counts.values()], [100, 100, 100])
  })

  it('believes what a node tells of itself more than what it has placed there', () => {
    const placement = new Placement()
    const [a, b] = [member('a'), member('b', busy('gate', 5))]
    for (let key = 0; key < 5; key += 1) placement.choose(`gate/${key}`, [a, b])
    const renewed = member('a', busy('gate', 1))
    assert.equal(placement.choose('gate/x', [renewed, b]).id, 'a')
  })
})

describe('members with roles', () => {
  it('tell what they are, and who comes, changes and goes', async () => {
    const { clock, join } = testCluster()
    const a = await join('a', {}, { roles: ['gate'], version: '7' })
    const events: string[] = []
    const end = a.node.watchMembers(({ kind, member: { id, url, loads } }) => {
      events.push(`${kind} ${id} ${url} ${loads.room}`)
    })
    const b = await join('b', {}, { roles: ['room', 'logic'] })
    await clock.advance(500)
    b.node.announce({ url: 'wss://b.example' })
    await clock.advance(1000)
    b.node.measure('room', () => 4)
    await clock.advance(1000)
    assert.deepEqual(
      a.node.view().map(({ id, roles, version }) => ({ id, roles, version })),
      [
        { id: 'a', roles: ['gate'], version: '7' },
        { id: 'b', roles: ['logic', 'room'], version: '' },
      ],
    )
    await b.node.drain()
    await clock.advance(500)
    await b.node.close()
    await clock.advance(500)
    assert.deepEqual(events, [
      'joined b  0',
      'changed b wss://b.example 0',
      'changed b wss://b.example 4',
      'left b wss://b.example 4',
    ])
    end()
    await join('c')
    await clock.advance(500)
    assert.equal(events.length, 4)
    assert.throws(() => a.node.announce({ url: 'x'.repeat(300) }), hasCode('SCHEMA_LIMIT'))
  })

  it('own nothing that their roles are not for, and say who might', async () => {
    const { clock, join } = testCluster()
    const gate = await join('gate', {}, { roles: ['gate'] })
    await assert.rejects(gate.node.locate('room/r/x'), hasCode('NODE_MISSING', 'room'))
    const room = await join('room', {}, { roles: ['room'] })
    await clock.advance(500)
    assert.equal(await gate.node.locate('room/r/x'), 'room')
    await assert.rejects(gate.node.claim('room/r/x'), hasCode('NOT_OWNER', 'Owner: room.'))
    await room.node.claim('room/r/x')
    assert.equal(gate.node.place('gate/1').id, 'gate')
  })

  it('count what they own as their load, unless it is measured', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    const owned = await a.node.claim('room/r/1')
    await a.node.claim('room/r/2')
    await clock.advance(1000)
    const loadOfA = () => b.node.view().find(({ id }) => id === 'a')?.loads.room
    assert.equal(loadOfA(), 2)
    assert.equal(b.node.place('room/r/3').id, 'b')
    await a.node.release(owned)
    await clock.advance(1000)
    assert.equal(loadOfA(), 1)
    for (const broken of [() => Number.NaN, () => assert.fail()]) {
      a.node.measure('room', broken)
      await clock.advance(5000)
      assert.equal(loadOfA(), 0, 'and whatever that comes to, the lease is renewed')
    }
  })
})

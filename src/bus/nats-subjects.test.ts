import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readServers } from './nats-servers.ts'
import { placeOf, subjectsBelow } from './nats-subjects.ts'

const subjects = subjectsBelow('realm.zone-2')
const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 })

describe('subjects on NATS', () => {
  it('hold any name in one safe token, from which it is read back', () => {
    fc.assert(
      fc.property(names, (name) => {
        const place = placeOf(name)
        assert.match(place, /^[a-z]+\.[0-9A-Za-z_%-]+$/)
        const subject = subjects.inbox(placeOf('gate-1'), 'life', place)
        assert.deepEqual(subjects.parse(subject), { topic: 'in', sender: name })
        assert.deepEqual(subjects.parse(subjects.here(place)), { topic: 'here', sender: name })
      }),
    )
  })

  it('read nothing out of what is written otherwise', () => {
    const own = placeOf('gate-1')
    const foreign = [
      'other.here.gate.gate-1',
      'realm.zone-2',
      'realm.zone-2.in.gate.gate-1.life.world.gate-2',
      'realm.zone-2.in.gate.gate-1.life.node.%',
      'realm.zone-2.in.gate.gate-1.life.node.%61',
      'realm.zone-2.here.gate.gate-1.more',
      subjects.inbox(own, 'life', 'node'),
    ]
    for (const subject of foreign) assert.equal(subjects.parse(subject), undefined, subject)
  })

  it('put a node below the role its name begins with', () => {
    assert.equal(placeOf('gate'), 'gate.gate')
    assert.equal(placeOf('gate-eu.1'), 'gate.gate-eu%2E1')
    assert.equal(placeOf('center.2'), 'center.center%2E2')
    assert.equal(placeOf('gateway'), 'node.gateway')
    assert.equal(placeOf('solo'), 'node.solo')
  })
})

describe('addresses of NATS servers', () => {
  it('are shown without the user and password that they carry', () => {
    assert.deepEqual(readServers('nats://ada:p%40ss:word@one:4222, two', undefined), {
      servers: ['nats://one:4222', 'nats://two'],
      auth: { user: 'ada', password: 'p@ss:word' },
    })
    assert.deepEqual(readServers(['tls://t0ken@[::1]:4222'], undefined), {
      servers: ['tls://[::1]:4222'],
      auth: { token: 't0ken' },
    })
    const auth = { token: 'given' }
    assert.deepEqual(readServers('nats://ada:pass@one', auth).auth, auth)
    for (const bad of ['', 'http://one:80', 'nats://a b', 'nats://user:pass@']) {
      assert.throws(() => readServers(bad, undefined), { code: 'BUS_UNAVAILABLE' })
    }
  })
})

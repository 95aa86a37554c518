import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { busRoles, natsAuthorization, natsPermissions } from './index.ts'
import { keptLog } from './test-kit/bus-log.ts'
import { type JoinedNode, natsScenes } from './test-kit/nats-scene.ts'
import { until } from './test-kit/wait.ts'

const password = 'p"a\\ss $x # { word'
const user = (name: string) => ({ user: name, password })

describe('permissions on NATS', () => {
  const scene = natsScenes()

  it('let the nodes of all roles talk to each other', async () => {
    const users = busRoles.map((role) => ({ role, node: `${role}-1`, ...user(role) }))
    const { bus, join } = await scene(natsAuthorization(users))
    const { log, lines } = keptLog()
    const nodes: JoinedNode[] = []
    for (const role of busRoles) nodes.push(await join(bus({ log, auth: user(role) }), `${role}-1`))
    for (const node of nodes) for (const role of busRoles) node.send(`${role}-1`, 'hello')
    await until(() => nodes.every(({ received }) => received.length === busRoles.length))
    for (const { received } of nodes) {
      assert.deepEqual(received.map(([from]) => from).sort(), busRoles.map((r) => `${r}-1`).sort())
    }
    assert.deepEqual(lines, [])
  })

  it('let users of a role be any node of it, and none of another', async () => {
    const users = busRoles.map((role) => ({ role, ...user(role) }))
    const { bus, join } = await scene(natsAuthorization(users))
    const gate = bus({ auth: user('gate') })
    const [one, two] = [await join(gate, 'gate-1'), await join(gate, 'gate.2')]
    one.send('gate.2', 'hello')
    await until(() => two.received.length > 0)
    assert.deepEqual(two.received, [['gate-1', 'hello']])
    await assert.rejects(join(gate, 'world-1'), { code: 'BUS_REFUSED' })
    await assert.rejects(join(gate, 'gateway'), { code: 'BUS_REFUSED' })
    await assert.rejects(join(gate, 'somebody'), { code: 'BUS_REFUSED' })
  })

  for (const role of busRoles) {
    it(`keep ${role} from other inboxes and from speaking as others`, async () => {
      const victim = role === 'gate' ? 'world-1' : 'gate-1'
      const users = [
        { role, node: `${role}-1`, ...user('thief') },
        { role: role === 'gate' ? ('world' as const) : ('gate' as const), ...user('victim') },
        { role: 'logic' as const, node: 'logic-9', ...user('other') },
      ]
      const { server, bus, join, after } = await scene(natsAuthorization(users))
      const target = await join(bus({ auth: user('victim') }), victim)
      const other = await join(bus({ auth: user('other') }), 'logic-9')
      other.send(victim, 'secret')
      await until(() => target.received.length === 1)

      const thief = await connect({ servers: server.url, user: 'thief', pass: password })
      after(() => thief.close())
      const refused: string[] = []
      void (async () => {
        for await (const status of thief.status()) {
          if (status.type === 'error') refused.push(status.error.message)
        }
      })()
      const heard: string[] = []
      const victimPlace = victim.replace(/^(\w+).*/, `$1.${victim}`)
      const wanted = [
        '>',
        'realm.>',
        `realm.in.${victimPlace}.*.*.*`,
        `realm.who.${victimPlace}.*.*`,
      ]
      for (const subject of [...wanted, '_INBOX.>', '$SYS.>']) {
        thief.subscribe(subject, { callback: (error) => void heard.push(error ? '' : subject) })
      }
      await thief.flush()
      await until(() => refused.length === 6)
      assert.equal(refused.length, 6, refused.join('\n'))
      const forged = [
        `realm.in.${victimPlace}.x.logic.logic-9`,
        `realm.here.${victimPlace}`,
        `realm.who.${victimPlace}.logic.logic-9`,
      ]
      for (const subject of forged) thief.publish(subject, 'forged')
      await thief.flush()
      await until(() => refused.length === 9)
      assert.equal(refused.length, 9, refused.join('\n'))
      other.send(victim, 'secret')
      await until(() => target.received.length === 2)
      assert.deepEqual(target.received, Array(2).fill(['logic-9', 'secret']))
      assert.ok(heard.every((subject) => subject === ''))
    })
  }

  it('refuse a node whose name does not begin with its role', () => {
    assert.throws(() => natsPermissions({ role: 'gate', node: 'world-1' }), { code: 'KEY_INVALID' })
    assert.throws(() => natsPermissions({ role: 'gate', node: 'gate-1', prefix: '>' }), {
      code: 'KEY_INVALID',
    })
    assert.throws(() => natsAuthorization([{ role: 'gate', user: 'a\nb', password: '' }]), {
      code: 'KEY_INVALID',
    })
  })
})

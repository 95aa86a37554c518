import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { checkInventory, hasUnknownGates, plansOf } from './inventory.ts'

const least = { game: 'game.ts', processes: { all: {} } }

describe('an inventory', () => {
  it('needs a game and a process', () => {
    const plans = plansOf(checkInventory(least))
    const roles = ['gate', 'logic', 'room', 'world', 'center']
    assert.deepEqual(plans, [
      { name: 'all', group: 'all', roles, port: 0, publicUrl: undefined, nodeOptions: [] },
    ])
  })

  it('numbers processes that are alike, and their ports', () => {
    const gate = { roles: ['gate'], count: 2, port: 7777, public: 'https://game.example:{port}' }
    const inventory = checkInventory({ ...least, processes: { gate, logic: { roles: ['logic'] } } })
    const shown = plansOf(inventory).map(({ name, port, publicUrl }) => [name, port, publicUrl])
    assert.deepEqual(shown, [
      ['gate-1', 7777, 'https://game.example:7777'],
      ['gate-2', 7778, 'https://game.example:7778'],
      ['logic', undefined, undefined],
    ])
  })

  it('tells whether clients could not go from gate to gate', () => {
    const unknown = (gate: object, more: object = {}) =>
      hasUnknownGates(checkInventory({ ...least, ...more, processes: { gate } }))
    const gates = { roles: ['gate'], count: 2, port: 7777 }
    assert.equal(unknown(gates), true)
    assert.equal(unknown({ ...gates, count: 1 }), false, 'there is no other')
    assert.equal(unknown({ ...gates, public: 'http://localhost:{port}' }), false)
    assert.equal(unknown(gates, { host: '10.0.0.7' }), false, 'they are where they listen')
  })

  const wrong: [what: string, given: unknown, says: RegExp][] = [
    ['nothing', undefined, /must be an object/],
    ['no game', { processes: { all: {} } }, /game is missing/],
    ['no processes', { game: 'game.ts', processes: {} }, /processes must name at least one/],
    ['an unknown word', { ...least, buss: 'start' }, /buss is unknown; known are: game/],
    ['another bus', { ...least, bus: 'redis://b' }, /bus must be start, @FILE or such as nats/],
    ['a name with a blank', { ...least, processes: { 'a b': {} } }, /name of processes.a b/],
    [
      'an unknown role',
      { ...least, processes: { a: { roles: ['king'] } } },
      /a.roles must be a list/,
    ],
    ['too many', { ...least, processes: { a: { count: 0 } } }, /a.count must be .* 1 to 256/],
    [
      'a port for logic',
      { ...least, processes: { a: { roles: ['logic'], port: 1 } } },
      /a has a port/,
    ],
    [
      'a port in its address that is any',
      { ...least, processes: { a: { public: 'http://localhost:{port}' } } },
      /a.public names the port/,
    ],
    [
      'one port twice',
      { ...least, processes: { a: { count: 2, port: 80 }, b: { port: 81 } } },
      /a-2 and b both have port 81/,
    ],
    [
      'one name twice',
      { ...least, processes: { a: { count: 2 }, 'a-1': {} } },
      /Two processes are called a-1/,
    ],
  ]
  for (const [what, given, says] of wrong) {
    it(`is refused with ${what}`, () => {
      const refused = (error: unknown) =>
        error instanceof RealmError && error.code === 'INVENTORY_INVALID' && says.test(error.detail)
      assert.throws(() => checkInventory(given), refused)
    })
  }
})

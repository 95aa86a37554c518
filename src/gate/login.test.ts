import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refuse } from '../actor/index.ts'
import { memoryStore } from '../store/index.ts'
import { defaultGateLimits } from './limits.ts'
import { demoGame, errorOf, fixture, jsonOf, type LoginJson } from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

describe('tickets', () => {
  test('a ticket opens one socket', async () => {
    const { login, connect } = await fixture()
    const { ticket, player } = await login('Ada')
    const socket = connect()
    socket.hello({ type: 'ticket', ticket })
    await settled()
    const welcome = socket.welcomed()
    assert.equal(welcome.player, player.id)
    assert.equal(welcome.name, 'Ada')
    assert.equal(welcome.resumed, false)
    const manifest = JSON.parse(new TextDecoder().decode(welcome.manifest))
    assert.equal(manifest.game, 'demo')
  })

  test('a replayed ticket is refused, also at once and at a restarted gate', async () => {
    const store = memoryStore()
    const { login, connect } = await fixture({ store })
    const { ticket } = await login()
    const sockets = [connect(), connect(), connect()]
    for (const socket of sockets) socket.hello({ type: 'ticket', ticket })
    await settled()
    const outcomes = sockets.map((socket) => socket.of('bye')[0]?.error ?? 'WELCOME').sort()
    assert.deepEqual(outcomes, ['TICKET_INVALID', 'TICKET_INVALID', 'WELCOME'])
    const restarted = await fixture({ store, seed: 2 })
    const late = restarted.connect()
    late.hello({ type: 'ticket', ticket })
    await settled()
    assert.equal(late.of('bye')[0]?.error, 'TICKET_INVALID')
  })

  test('a ticket outlives the restart of its gate', async () => {
    const store = memoryStore()
    const { ticket } = await (await fixture({ store })).login()
    const { connect } = await fixture({ store, seed: 2 })
    const socket = connect()
    socket.hello({ type: 'ticket', ticket })
    await settled()
    assert.equal(socket.welcomed().resumed, false)
  })

  test('an expired ticket is refused, and swept', async () => {
    const { login, connect, clock, store } = await fixture()
    const { ticket } = await login()
    await clock.advance(defaultGateLimits.ticketMs + 1)
    const socket = connect()
    socket.hello({ type: 'ticket', ticket })
    await settled()
    assert.equal(socket.of('bye')[0]?.error, 'TICKET_INVALID')
    assert.equal((await store.scan('ticket/', { limit: 10 })).length, 1)
    await clock.advance(10 * 60_000)
    assert.equal((await store.scan('ticket/', { limit: 10 })).length, 0)
  })

  test('the store holds neither tickets nor secrets nor tokens', async () => {
    const { login, connect, store } = await fixture()
    const { ticket, secret = '' } = await login()
    await login()
    const socket = connect()
    socket.hello({ type: 'ticket', ticket })
    await settled()
    const records = await store.scan('', { limit: 100 })
    assert.ok(records.length >= 5)
    const text = records
      .map(({ key, value }) => `${key} ${Buffer.from(value).toString('latin1')}`)
      .join()
    for (const known of [ticket, secret, socket.welcomed().resumeToken]) {
      assert.equal(known.length, 43)
      assert.ok(!text.includes(known))
      assert.ok(!text.includes(Buffer.from(known, 'base64url').toString('latin1')))
    }
  })
})

describe('guests', () => {
  test('the same secret is the same player, under another name too', async () => {
    const { login, http } = await fixture()
    const { player, secret } = await login('Ada')
    const again = await http('POST', '/realm/login', { guest: 'Eve', player: player.id, secret })
    const answer = jsonOf(again) as LoginJson
    assert.deepEqual(answer.player, { id: player.id, name: 'Eve' })
    assert.equal(answer.secret, undefined)
  })

  test('without a secret, or where the account is gone, a new player', async () => {
    const { login, http } = await fixture()
    const ada = await login('Ada')
    const other = await login('Ada')
    assert.notEqual(ada.player.id, other.player.id)
    const gone = { guest: 'Ada', player: 'nobody', secret: ada.secret }
    const fresh = jsonOf(await http('POST', '/realm/login', gone)) as LoginJson
    assert.notEqual(fresh.player.id, 'nobody')
    assert.equal(fresh.secret?.length, 43)
  })

  test('a wrong secret is refused', async () => {
    const { login, http } = await fixture()
    const { player } = await login('Ada')
    const { secret } = await login('Eve')
    const stolen = { guest: 'Eve', player: player.id, secret }
    assert.equal(errorOf(await http('POST', '/realm/login', stolen)), '401 LOGIN_INVALID')
  })

  test('names are bounded and visible', async () => {
    const { http } = await fixture()
    const login = async (guest: unknown): Promise<string> =>
      errorOf(await http('POST', '/realm/login', { guest }))
    const hidden = ['a\u202eb', '\u0000', '\ud800', '\u200d', '\u3164', '\u2800']
    for (const name of ['', '  ', 'x'.repeat(25), ...hidden]) {
      assert.equal(await login(name), '401 LOGIN_INVALID', JSON.stringify(name))
    }
    assert.equal(await login(7), '400 BODY_INVALID')
    const odd = jsonOf(await http('POST', '/realm/login', { guest: '  李  小龙 ' })) as LoginJson
    assert.equal(odd.player.name, '李 小龙')
  })
})

describe("the game's own login", () => {
  const game = demoGame({
    login: (_scope, credentials) => {
      if (credentials === 'friend') return { id: 'ada', name: 'Ada' }
      if (credentials === 'odd') return { id: '../ada', name: 'Ada' }
      if (credentials === 'bug') throw new Error('secret detail')
      throw refuse('wrong password')
    },
  })

  test('is asked, and guests are refused', async () => {
    const { http } = await fixture({ game })
    const answer = await http('POST', '/realm/login', { credentials: 'friend' })
    assert.deepEqual((jsonOf(answer) as LoginJson).player, { id: 'ada', name: 'Ada' })
    const login = async (body: object): Promise<string> =>
      errorOf(await http('POST', '/realm/login', body))
    assert.equal(await login({ credentials: 'enemy' }), '401 LOGIN_INVALID')
    assert.equal(await login({ credentials: 'odd' }), '500 HANDLER_FAILED')
    assert.equal(await login({ credentials: 'bug' }), '500 HANDLER_FAILED')
    assert.equal(await login({ guest: 'Ada' }), '401 LOGIN_INVALID')
  })

  test('credentials mean nothing to a game without it', async () => {
    const { http } = await fixture()
    const answer = await http('POST', '/realm/login', { credentials: 'friend' })
    assert.equal(errorOf(answer), '401 LOGIN_INVALID')
  })
})

describe('HTTP', () => {
  test('health, manifest, files, nothing', async () => {
    const page = { status: 200, body: 'page' }
    const { http, gate } = await fixture({ http: ({ url }) => (url === '/' ? page : undefined) })
    assert.deepEqual(jsonOf(await http('GET', '/health')), { status: 'ok', game: 'demo' })
    const { blocks } = jsonOf(await http('GET', '/realm/manifest')) as { blocks: unknown[] }
    assert.equal(blocks.length, 4)
    assert.equal((await http('GET', '/')).body, 'page')
    assert.equal(errorOf(await http('GET', '/none')), '404 HTTP_NOT_FOUND')
    assert.equal(errorOf(await http('GET', '/realm/none')), '404 HTTP_NOT_FOUND')
    assert.equal(errorOf(await http('GET', '/realm/login')), '405 METHOD_NOT_ALLOWED')
    assert.equal(gate.stats().logins, 0)
  })

  test('a body that is not JSON', async () => {
    const { listener } = await fixture()
    const request = { method: 'POST', url: '/realm/login', headers: {}, remoteAddress: 'x' }
    for (const body of [Uint8Array.of(0xff), new TextEncoder().encode('{"guest":')]) {
      const answer = await listener.handlers?.request({ ...request, body })
      assert.equal(answer && errorOf(answer), '400 BODY_INVALID')
    }
  })

  test('calls with a bearer token, checked by schema', async () => {
    const { http, login, clock } = await fixture()
    const { token } = await login()
    const authorization = `Bearer ${token}`
    const call = async (path: string, json: unknown, headers = { authorization }) =>
      http('POST', `/realm/call/${path}`, json, headers)
    assert.deepEqual(jsonOf(await call('echo/say', { words: 'hi' })), { words: 'HI' })
    assert.equal(errorOf(await call('echo/say', { words: 7 })), '400 SCHEMA_INVALID')
    assert.equal(errorOf(await call('echo/say', [])), '400 SCHEMA_INVALID')
    assert.equal(errorOf(await call('echo/none', {})), '404 UNKNOWN_METHOD')
    assert.equal(errorOf(await call('hero/say', {})), '404 UNKNOWN_BLOCK')
    assert.equal(errorOf(await call('echo/secret', { words: 'x' })), '403 ACCESS_DENIED')
    assert.equal(errorOf(await call('echo/say', { words: 'boom' })), '500 INTERNAL')
    const [body, signature = ''] = token.split('.')
    const last = signature.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      '',
      'Bearer x.y',
      token,
      `Bearer ${body}.${signature.slice(0, -1)}${last}`,
      `Bearer ${Buffer.from('{"player":"ada"}').toString('base64url')}.${signature}`,
    ]) {
      const answer = await call('echo/say', { words: 'x' }, { authorization: wrong })
      assert.equal(errorOf(answer), '401 TOKEN_INVALID', wrong)
    }
    await clock.advance(defaultGateLimits.tokenMs + 1)
    assert.equal(errorOf(await call('echo/say', { words: 'x' })), '401 TOKEN_INVALID')
  })

  test('the token is good at another gate of the same store, and at no other', async () => {
    const store = memoryStore()
    const { token } = await (await fixture({ store })).login()
    const headers = { authorization: `Bearer ${token}` }
    const words = { words: 'x' }
    const sibling = await fixture({ store, seed: 2 })
    const stranger = await fixture({ seed: 3 })
    const path = '/realm/call/echo/say'
    assert.equal((await sibling.http('POST', path, words, headers)).status, 200)
    const refused = await stranger.http('POST', path, words, headers)
    assert.equal(errorOf(refused), '401 TOKEN_INVALID')
  })

  test('logins of an address and calls of a player are limited', async () => {
    const limits = { loginsBurstMax: 2, loginsPerSecondMax: 1, httpCallsBurstMax: 1 }
    const { http, login, clock } = await fixture({ limits })
    const { token } = await login()
    await login()
    assert.equal(errorOf(await http('POST', '/realm/login', { guest: 'x' })), '429 RATE_LIMITED')
    await clock.advance(1000)
    await login()
    const headers = { authorization: `Bearer ${token}` }
    const call = () => http('POST', '/realm/call/echo/say', { words: 'x' }, headers)
    assert.equal((await call()).status, 200)
    assert.equal(errorOf(await call()), '429 RATE_LIMITED')
  })
})

test('one IPv6 network is limited as one address', async () => {
  const { listener, connect } = await fixture({
    limits: { loginsBurstMax: 3, loginsPerSecondMax: 1, hellosBurstMax: 3, hellosPerSecondMax: 1 },
  })
  const codes: string[] = []
  for (let host = 1; host <= 5; host++) {
    const remoteAddress = `2001:db8:0:1::${host}`
    const body = new TextEncoder().encode('{"guest":"Ada"}')
    const request = { method: 'POST', url: '/realm/login', headers: {}, remoteAddress, body }
    const answer = await listener.handlers?.request(request)
    codes.push(String(answer?.status))
    const socket = connect({ address: remoteAddress })
    socket.hello({ type: 'ticket', ticket: 'A'.repeat(43) })
    await settled()
    codes.push(String(socket.of('bye')[0]?.error))
  }
  const good = ['200', 'TICKET_INVALID']
  assert.deepEqual(codes, [...good, ...good, ...good, '429', 'FLOOD', '429', 'FLOOD'])
})

describe('hosts', () => {
  const hosts = ['localhost', '127.0.0.1', '[::1]']
  const cases: [host: string, allowed: boolean][] = [
    ['localhost:7777', true],
    ['LOCALHOST', true],
    ['127.0.0.1:7777', true],
    ['[::1]:7777', true],
    ['rebound.evil.example:7777', false],
    ['localhost.evil.example', false],
    ['127.0.0.1:7777@evil.example', false],
    ['', false],
  ]
  for (const [host, allowed] of cases) {
    test(`${JSON.stringify(host)}: ${allowed ? 'allowed' : 'refused'}`, async () => {
      const served = { status: 200, body: 'the page' }
      const { http, connect } = await fixture({ hosts, http: () => served })
      const socket = connect({ host })
      for (const url of ['/', '/realm/manifest', '/health']) {
        const answer = await http('GET', url, undefined, { host })
        if (allowed) assert.equal(answer.status, 200)
        else assert.equal(errorOf(answer), '421 HOST_FORBIDDEN')
      }
      assert.deepEqual(
        socket.closed,
        allowed ? undefined : { code: 4421, reason: 'HOST_FORBIDDEN' },
      )
    })
  }
})

describe('origins', () => {
  const cases: [string, object, object, boolean][] = [
    ['no browser', {}, {}, true],
    ['same host', { origin: 'https://game.example' }, {}, true],
    ['same host, other port', { origin: 'https://game.example:8080' }, {}, false],
    ['another host', { origin: 'https://evil.example' }, {}, false],
    ['a sandboxed page', { origin: 'null' }, {}, false],
    ['listed', { origin: 'https://b.example' }, { origins: ['https://b.example'] }, true],
    ['all', { origin: 'https://b.example' }, { origins: ['*'] }, true],
    ['this machine, developing', { origin: 'http://localhost:5173' }, { dev: true }, true],
    ['this machine, in production', { origin: 'http://localhost:5173' }, {}, false],
    ['a host that looks local', { origin: 'http://localhost.evil.example' }, { dev: true }, false],
  ]
  for (const [name, from, options, allowed] of cases) {
    test(`${name}: ${allowed ? 'allowed' : 'refused'}`, async () => {
      const { http, connect } = await fixture(options)
      const answer = await http('POST', '/realm/login', { guest: 'Ada' }, from)
      const socket = connect({ host: 'game.example', ...from })
      await settled()
      if (allowed) {
        assert.equal(answer.status, 200)
        assert.equal(socket.closed, undefined)
      } else {
        assert.equal(errorOf(answer), '403 ORIGIN_FORBIDDEN')
        assert.deepEqual(socket.closed, { code: 4403, reason: 'ORIGIN_FORBIDDEN' })
        assert.deepEqual(answer.headers?.['access-control-allow-origin'], undefined)
      }
    })
  }

  test('a preflight tells what is allowed', async () => {
    const { http } = await fixture({ origins: ['https://b.example'] })
    const headers = { origin: 'https://b.example' }
    const { status, headers: told } = await http('OPTIONS', '/realm/login', undefined, headers)
    assert.equal(status, 204)
    assert.equal(told?.['access-control-allow-origin'], 'https://b.example')
    assert.match(told?.['access-control-allow-headers'] ?? '', /authorization/)
  })
})

import type { App, AppStatus } from './app.ts'
import { button, h, iconButton, setText } from './kit/dom.ts'
import { bytesText } from './kit/format.ts'
import { every } from './kit/signal.ts'
import { sparkline } from './kit/sparkline.ts'
import { cutConnection, cutMs } from './socket.ts'

const meterPeriodMs = 500
/** How long "Drop" takes the connection away. */
const dropMs = 5000

const statusTexts: Readonly<Record<AppStatus, string>> = {
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'Reconnecting…',
  closed: 'Not connected',
}

/** Who plays, how the connection is, and means to try what happens without it. */
export function connectCard(app: App): HTMLElement {
  const dot = h('span', { class: 'status-dot' })
  const status = h('span', { class: 'status-text', role: 'status' })
  const player = h('button', {
    type: 'button',
    class: 'player-id mono',
    title: 'Copy the player id',
    click: () => void navigator.clipboard?.writeText(player.textContent ?? '').catch(() => {}),
  })
  app.status.watch((now) => {
    dot.className = `status-dot is-${now}`
    setText(status, statusTexts[now])
  })
  app.realm.watch((realm) => {
    setText(player, realm?.player.id ?? '')
    player.hidden = realm === undefined
  })
  return h(
    'section',
    { class: 'connect', 'aria-label': 'Connection' },
    h('div', { class: 'status-line' }, dot, status, player),
    nameForm(app),
    meters(app),
    connectionTools(app, status),
  )
}

function nameForm(app: App): HTMLElement {
  const { identity } = app
  const name = h('input', {
    id: 'guest-name',
    type: 'text',
    maxlength: 24,
    required: true,
    value: identity.name,
    'aria-label': 'Guest name',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const submit = h('button', { type: 'submit', class: 'button' }, 'Connect')
  const form = h('form', { class: 'name-form' }, name, submit)
  const renamed = (): boolean => name.value.trim() !== identity.name
  const show = (): void => {
    const connected = app.realm.value !== undefined
    setText(submit, connected ? (renamed() ? 'Rename' : 'Disconnect') : 'Connect')
    submit.classList.toggle('is-primary', !connected || renamed())
  }
  name.addEventListener('input', show)
  app.realm.watch(show)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const next = name.value.trim()
    const changed = renamed()
    if (next !== '') identity.rename(next)
    const connected = app.realm.value !== undefined
    if (connected) app.disconnect()
    if (!connected || changed) void app.connect()
    show()
  })
  return form
}

function meters(app: App): HTMLElement {
  const kinds = [
    {
      label: 'Ping',
      of: () => app.realm.value?.ping ?? 0,
      text: (ms: number) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`,
    },
    {
      label: 'In',
      of: () => app.realm.value?.traffic.bytesIn ?? 0,
      text: (n: number) => `${bytesText(n)}/s`,
    },
    {
      label: 'Out',
      of: () => app.realm.value?.traffic.bytesOut ?? 0,
      text: (n: number) => `${bytesText(n)}/s`,
    },
  ]
  const shown = kinds.map(({ label, of, text }) => {
    const value = h('span', { class: 'meter-value' }, '–')
    const curve = sparkline(`${label}, last 30 seconds`)
    const refresh = (): void => {
      if (app.realm.value === undefined) return
      const now = of()
      curve.push(now)
      setText(value, text(now))
    }
    const head = h('div', { class: 'meter-head' }, h('span', {}, label), value)
    return { element: h('div', { class: 'meter' }, head, curve.element), refresh }
  })
  every(meterPeriodMs, () => {
    for (const { refresh } of shown) refresh()
  })
  return h('div', { class: 'meters' }, ...shown.map(({ element }) => element))
}

function connectionTools(app: App, status: HTMLElement): HTMLElement {
  const drop = button('Drop for 5 s', () => {
    app.journal.add('note', 'connection', 'dropped on purpose')
    cutConnection(dropMs)
  })
  drop.title = 'Cuts the connection for five seconds, to see the session resume'
  app.realm.watch((realm) => {
    drop.disabled = realm === undefined
  })
  every(200, () => {
    const left = cutMs()
    if (left > 0) setText(status, `Dropped, back in ${Math.ceil(left / 1000)} s`)
    else if (app.status.value === 'reconnecting') setText(status, statusTexts.reconnecting)
    drop.disabled = left > 0 || app.realm.value === undefined
  })
  const second = button('Second tab', () => {
    // Without its opener the tab gets a session storage, and so a player, of its own.
    open(location.href, '_blank', 'noopener')
  })
  second.title = 'Opens the playground as another player, at the same place'
  return h('div', { class: 'button-row is-even' }, second, drop)
}

/** What went wrong with the connection, above everything else. */
export function troubleBar(
  app: App,
  card: (thrown: unknown, close: () => void) => HTMLElement,
): HTMLElement {
  const box = h('div', { class: 'trouble' })
  const dismiss = iconButton('close', 'Dismiss', () => app.trouble.set(undefined))
  app.trouble.watch((thrown) => {
    box.replaceChildren()
    if (thrown !== undefined) box.append(card(thrown, () => dismiss.click()))
  })
  return box
}

/** Says on every section of the page that the connection is away, and what that means. */
export function reconnectBar(app: App): HTMLElement {
  const bar = h('div', { class: 'reconnect-bar', role: 'status', hidden: true })
  const said = 'Connection lost, reconnecting. Reliable commands sent meanwhile arrive afterwards.'
  app.status.watch((status) => {
    bar.hidden = status !== 'reconnecting'
    setText(bar, bar.hidden ? '' : said)
  })
  return bar
}

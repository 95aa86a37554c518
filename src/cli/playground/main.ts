import { type App, makeApp } from './app.ts'
import { connectCard, reconnectBar, troubleBar } from './connect-card.ts'
import { type Desk, makeDesk, openAddress } from './desk.ts'
import { journalPanel } from './journal-panel.ts'
import { fill, h, type IconName, icon, setText } from './kit/dom.ts'
import { errorCard } from './kit/errors.ts'
import { recallText, remember } from './kit/memory.ts'
import { sidebar, tabStrip } from './sidebar.ts'

// The playground: a page for any game, which it knows from the manifest alone.

type Section = 'game' | 'desk' | 'log'

const app = await makeApp()
const desk = makeDesk(app)
const address = location.hash.slice(1)
document.body.append(page(app, desk))
await app.connect()
if (address !== '') await openAddress(desk, app, address).catch((thrown) => app.trouble.set(thrown))
addEventListener('hashchange', () => {
  openAddress(desk, app, location.hash.slice(1)).catch((thrown) => app.trouble.set(thrown))
})
desk.front.watch((panel) => {
  const hash = panel === undefined ? '' : `#${panel.address}`
  history.replaceState(null, '', `${location.pathname}${location.search}${hash}`)
})

function page(app: App, desk: Desk): HTMLElement {
  const root = h('div', { class: 'page' })
  const show = (section: Section): void => {
    root.dataset['section'] = section
  }
  show('game')
  desk.front.watch((panel) => show(panel ? 'desk' : 'game'))
  const log = journalPanel(app.journal)
  root.append(
    h('aside', { class: 'side' }, brand(app), connectCard(app), sidebar(app, desk)),
    h(
      'main',
      { class: 'main' },
      tabStrip(desk),
      reconnectBar(app),
      troubleBar(app, errorCard),
      stage(desk),
    ),
    foldingLog(log),
    bottomBar(root, desk, show),
  )
  return root
}

function brand(app: App): HTMLElement {
  const game = h('span', { class: 'brand-game' })
  app.manifest.watch((manifest) => {
    const name = manifest?.game ?? ''
    setText(game, name)
    document.title = name === '' ? 'Playground — Realmkit' : `${name} — Realmkit playground`
  })
  const link = h(
    'a',
    { class: 'brand-link', href: '/', title: 'Open the game itself' },
    icon('external'),
  )
  link.setAttribute('aria-label', 'Open the game itself')
  return h(
    'header',
    { class: 'brand' },
    h('span', { class: 'brand-mark' }),
    h('h1', {}, 'Playground'),
    game,
    link,
  )
}

/** Where the panel in front stands. */
function stage(desk: Desk): HTMLElement {
  const box = h('div', { class: 'stage', role: 'tabpanel', 'aria-label': 'Open panel' })
  const welcome = h(
    'div',
    { class: 'welcome' },
    h('span', { class: 'brand-mark is-large' }),
    h('h2', {}, 'Pick something from the list'),
    h(
      'p',
      {},
      'Join a room or a world, watch an actor, call a service. ',
      'Open a second tab to be two players at once.',
    ),
  )
  desk.front.watch((panel) => fill(box, panel?.element ?? welcome))
  return box
}

/** The log lies at the foot of the page and can be folded away. */
function foldingLog(log: HTMLElement): HTMLElement {
  const toggle = h('button', { type: 'button', class: 'log-toggle' }, icon('chevron'))
  const apply = (folded: boolean): void => {
    log.classList.toggle('is-folded', folded)
    toggle.setAttribute('aria-expanded', String(!folded))
    toggle.setAttribute('aria-label', folded ? 'Unfold the log' : 'Fold the log')
  }
  apply(recallText('log', 'open') === 'folded')
  toggle.addEventListener('click', () => {
    const folded = !log.classList.contains('is-folded')
    remember('log', folded ? 'folded' : 'open')
    apply(folded)
  })
  log.firstElementChild?.prepend(toggle)
  return log
}

/** On a phone one of three things is seen at a time. */
function bottomBar(root: HTMLElement, desk: Desk, show: (section: Section) => void): HTMLElement {
  const tabs: readonly (readonly [Section, IconName, string])[] = [
    ['game', 'list', 'Game'],
    ['desk', 'grid', 'Open'],
    ['log', 'log', 'Log'],
  ]
  const buttons = tabs.map(([section, image, label]) => {
    const count = h('span', { class: 'bar-count' })
    if (section === 'desk') {
      desk.panels.watch((panels) => setText(count, panels.length > 0 ? String(panels.length) : ''))
    }
    const button = h(
      'button',
      { type: 'button', class: 'bar-button', click: () => show(section) },
      icon(image),
      label,
      count,
    )
    return { section, button }
  })
  const mark = (): void => {
    for (const { section, button } of buttons) {
      if (root.dataset['section'] === section) button.setAttribute('aria-current', 'page')
      else button.removeAttribute('aria-current')
    }
  }
  new MutationObserver(mark).observe(root, { attributeFilter: ['data-section'] })
  mark()
  return h(
    'nav',
    { class: 'bottom-bar', 'aria-label': 'Sections' },
    ...buttons.map(({ button }) => button),
  )
}

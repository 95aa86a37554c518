import { RealmError } from '../../client/index.ts'
import { type App, blockOf } from './app.ts'
import { callsPanel } from './calls-panel.ts'
import { inputEditor } from './fields/make.ts'
import { recall } from './kit/memory.ts'
import { type Signal, signal } from './kit/signal.ts'
import { lobbyPanel } from './lobby-panel.ts'
import type { Opener, RoomEntry } from './opener.ts'
import type { Panel } from './panel.ts'
import type { AnyRealm } from './realm.ts'
import { statePanel } from './state-panel.ts'
import { worldPanel } from './world-panel.ts'

/** What is open, and which of it is in front. */
export interface Desk extends Opener {
  readonly panels: Signal<readonly Panel[]>
  readonly front: Signal<Panel | undefined>
  bring(panel: Panel): void
  close(panel: Panel): void
}

export function makeDesk(app: App): Desk {
  const shelf = makeShelf()
  const doors = { app, shelf }
  const desk: Desk = {
    panels: shelf.panels,
    front: shelf.front,
    bring: shelf.bring,
    close: shelf.close,
    openBlock(kind, name) {
      shelf.place(`${kind}/${name}`, () =>
        kind === 'service' || kind === 'actor'
          ? callsPanel(app, kind, name, desk)
          : lobbyPanel(app, kind, name, desk),
      )
    },
    joinRoom: (name, entry, options) => joinRoom(doors, name, entry, options),
    joinWorld: (name, line, options) => joinWorld(doors, name, line, options),
    watchActor: (name, key) => watchActor(doors, name, key),
    optionsOf(kind, name) {
      const type = blockOf(app.manifest.value, kind, name)?.options
      if (type === undefined) return {}
      const editor = inputEditor(type, {})
      editor.set(recall(`options:${kind} ${name}`))
      return editor.get()
    },
  }
  return desk
}

/** The open panels in their order. */
interface Shelf extends Pick<Desk, 'panels' | 'front' | 'bring' | 'close'> {
  /**
   * Brings the panel of this key to the front; makes it where there is none, or where it is over.
   */
  place(key: string, make: () => Panel): void
  /** A joined panel that is not over and whose key begins so. */
  joined(keyStart: string): Panel | undefined
}

function makeShelf(): Shelf {
  const panels = signal<readonly Panel[]>([])
  const front = signal<Panel | undefined>(undefined)
  function bring(panel: Panel): void {
    const former = front.value
    if (former === panel) return
    former?.show?.(false)
    front.set(panel)
    panel.show?.(true)
  }
  function close(panel: Panel): void {
    const at = panels.value.indexOf(panel)
    if (at < 0) return
    panels.set(panels.value.filter((one) => one !== panel))
    panel.close()
    if (front.value !== panel) return
    const next = panels.value[Math.min(at, panels.value.length - 1)]
    if (next) bring(next)
    else front.set(undefined)
  }
  return {
    panels,
    front,
    bring,
    close,
    place(key, make) {
      const known = panels.value.find((one) => one.key === key)
      if (known !== undefined && known.over?.() !== true) {
        bring(known)
        return
      }
      const made = make()
      panels.set(
        known === undefined
          ? [...panels.value, made]
          : panels.value.map((one) => (one === known ? made : one)),
      )
      known?.close()
      bring(made)
    },
    joined: (keyStart) =>
      panels.value.find((one) => one.live && one.key.startsWith(keyStart) && one.over?.() !== true),
  }
}

interface Doors {
  readonly app: App
  readonly shelf: Shelf
}

function realmOf(app: App): AnyRealm {
  const made = app.realm.value
  if (made === undefined) throw new RealmError('REALM_CLOSED')
  return made
}

async function joinRoom(
  doors: Doors,
  name: string,
  entry: RoomEntry,
  options: unknown,
): Promise<void> {
  const { app, shelf } = doors
  // Who is in a room already wants to see it; another one is made by `create`.
  const id = entry.mode === 'join' ? entry.id : ''
  const known = entry.mode === 'create' ? undefined : shelf.joined(`room/${name}#${id}`)
  if (known) {
    shelf.bring(known)
    return
  }
  const rooms = realmOf(app).rooms[name]
  app.journal.add('out', `room ${name}`, entry.mode, options)
  const room =
    entry.mode === 'join'
      ? await rooms?.join(entry.id, options)
      : await rooms?.[entry.mode](options)
  if (room === undefined) return
  app.journal.add('in', `room ${name}`, 'joined', room.id)
  shelf.place(`room/${name}#${room.id}`, () =>
    statePanel(app, {
      kind: 'room',
      name,
      id: room.id,
      joint: room,
      again: () => rejoinRoom(doors, name, room.id, options),
    }),
  )
}

/** The same room, or any where it is gone. */
function rejoinRoom(doors: Doors, name: string, id: string, options: unknown): Promise<void> {
  return joinRoom(doors, name, { mode: 'join', id }, options).catch(() =>
    joinRoom(doors, name, { mode: 'joinOrCreate' }, options),
  )
}

async function joinWorld(
  doors: Doors,
  name: string,
  line: string,
  options: unknown,
): Promise<void> {
  const { app, shelf } = doors
  // Without a line the game chooses it: whatever is open of this world will be the one.
  const known = shelf.joined(`world/${name}#${line}`)
  if (known) {
    shelf.bring(known)
    return
  }
  app.journal.add('out', `world ${name}`, 'join', options)
  const world = await realmOf(app).worlds[name]?.join(line === '' ? {} : { line }, options)
  if (world === undefined) return
  app.journal.add('in', `world ${name}`, 'joined', world.line)
  shelf.place(`world/${name}#${world.line}`, () =>
    worldPanel(app, name, world, () => joinWorld(doors, name, world.line, options)),
  )
}

async function watchActor(doors: Doors, name: string, key: string): Promise<void> {
  const { app, shelf } = doors
  const known = shelf.joined(`actor/${name}#${key}`)
  if (known) {
    shelf.bring(known)
    return
  }
  app.journal.add('out', `actor ${name}`, 'watch', key)
  const actor = await realmOf(app).actors[name]?.watch(key)
  if (actor === undefined) return
  shelf.place(`actor/${name}#${key}`, () =>
    statePanel(app, {
      kind: 'actor',
      name,
      id: key,
      joint: actor,
      again: () => watchActor(doors, name, key),
    }),
  )
}

/** Opens what the address names: `#room/plaza/KEY`, `#world/frontier`, `#service/shop`. */
export async function openAddress(desk: Desk, app: App, address: string): Promise<void> {
  const [kind = '', name = '', key = ''] = address.split('/').map(decodeURIComponent)
  if (kind !== 'room' && kind !== 'world' && kind !== 'actor' && kind !== 'service') return
  const block = blockOf(app.manifest.value, kind, name)
  if (block === undefined) return
  const options = desk.optionsOf(kind, name)
  if (kind === 'room' && key !== '') {
    await desk
      .joinRoom(name, { mode: 'join', id: key }, options)
      .catch(() => desk.joinRoom(name, { mode: 'joinOrCreate' }, options))
  } else if (kind === 'world' && key !== '') await desk.joinWorld(name, key, options)
  else if (kind === 'actor' && key !== '') await desk.watchActor(name, key)
  else desk.openBlock(kind, name)
}

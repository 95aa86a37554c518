import type { StorageLike } from '../../client/index.ts'
import { recallText, remember } from './kit/memory.ts'

const slotsMax = 32
const names = ['Ada', 'Lin', 'Noor', 'Mika', 'Jun', 'Sol', 'Ines', 'Kofi', 'Yara', 'Tomo']

/** Who this tab is. */
export interface Identity {
  readonly name: string
  rename(name: string): void
  readonly storage: StorageLike
}

/**
 * Each open tab is a player of its own, and the same one the next time: the first tab takes the
 * first seat, the
 * second tab the second, and what a guest needs to come back is kept per seat.
 */
export async function takeIdentity(): Promise<Identity> {
  const slot = await takeSlot()
  const nameKey = `name:${slot}`
  const prefix = `realmkit:playground:seat:${slot}:`
  let name = recallText(nameKey, names[(slot - 1) % names.length] ?? 'Ada')
  return {
    get name() {
      return name
    },
    rename(next) {
      name = next
      remember(nameKey, next)
    },
    storage: {
      getItem: (key) => localStorage.getItem(prefix + key),
      setItem: (key, value) => localStorage.setItem(prefix + key, value),
      removeItem: (key) => localStorage.removeItem(prefix + key),
    },
  }
}

async function takeSlot(): Promise<number> {
  const kept = Number(readSession('slot')) || 1
  // Locks need a secure context; on a plain address in the network all tabs share the first seat.
  if (navigator.locks === undefined) return kept
  const order = [kept, ...Array.from({ length: slotsMax }, (_, index) => index + 1)]
  for (const slot of order) {
    if (!(await tryLock(slot))) continue
    writeSession('slot', String(slot))
    return slot
  }
  return kept
}

/** Takes the seat until the tab is closed, if nobody has it. */
function tryLock(slot: number): Promise<boolean> {
  return new Promise((resolve) => {
    const held = navigator.locks.request(
      `realmkit:playground:${slot}`,
      { ifAvailable: true },
      (lock) => {
        resolve(lock !== null)
        return lock === null ? undefined : new Promise<void>(() => {})
      },
    )
    held.catch(() => resolve(true))
  })
}

function readSession(key: string): string | null {
  try {
    return sessionStorage.getItem(`realmkit:playground:${key}`)
  } catch {
    return null
  }
}

function writeSession(key: string, value: string): void {
  try {
    sessionStorage.setItem(`realmkit:playground:${key}`, value)
  } catch {
    // The seat is then looked for anew after a reload.
  }
}

import type { Player } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Clock, Log, Random, Store, Write } from '../ports/index.ts'
import { decodeRecord, encodeRecord, TicketRecord, ticketKey } from './records.ts'
import { newSecret, secretCharacters, secretHash } from './secrets.ts'

export interface TicketParts {
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly log: Log
  readonly ticketMs: number
}

/** A ticket that was presented and may still be used, once. */
export interface Presented {
  readonly player: Player
  /**
   * Uses the ticket up together with what it opens, in one transaction.
   * @returns the versions of what was written
   * @throws RealmError `TICKET_INVALID` where somebody else was faster
   */
  redeem(writes: readonly Write[]): Promise<readonly number[]>
}

/**
 * Tickets carry a login from HTTP to a socket: 32 random bytes, good once, for a short time, at any
 * gate of the cluster. Only a hash is kept, in the store, so that a replay fails also on another
 * node or after a restart.
 */
export class Tickets {
  readonly #parts: TicketParts

  constructor(parts: TicketParts) {
    this.#parts = parts
  }

  async issue(player: Player): Promise<string> {
    const { clock, random, store, ticketMs } = this.#parts
    const ticket = newSecret(random)
    const key = ticketKey(secretHash(ticket))
    const expires = clock.wallMs() + ticketMs
    const value = encodeRecord(TicketRecord, { player: player.id, name: player.name, expires })
    await store.transact({ checks: [], writes: [{ key, value }] })
    return ticket
  }

  /** @throws RealmError `TICKET_INVALID` for one that is unknown, used or too old */
  async present(ticket: string): Promise<Presented> {
    if (ticket.length !== secretCharacters) throw new RealmError('TICKET_INVALID')
    const { clock, store } = this.#parts
    const key = ticketKey(secretHash(ticket))
    const stored = await store.read(key)
    const record = decodeRecord(TicketRecord, stored?.value)
    if (stored === undefined || record === undefined || record.expires < clock.wallMs()) {
      throw new RealmError('TICKET_INVALID')
    }
    const { version } = stored
    return {
      player: { id: record.player, name: record.name },
      redeem: async (writes) => {
        const result = await store.transact({
          checks: [{ key, version }],
          writes: [{ key, value: undefined }, ...writes],
        })
        if (!result.ok) throw new RealmError('TICKET_INVALID')
        return result.versions.slice(1)
      },
    }
  }
}

import {
  type ActivationContext,
  type CommandBatch,
  failNotice,
  type Member,
} from '../actor/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import { seenPerTick } from '../protocol/index.ts'
import { Reader } from '../schema/index.ts'
import type { Failures } from './failures.ts'
import type { Members, Seat } from './members.ts'
import type { AnyWorld, WorldPlan } from './plan.ts'
import type { Rewind } from './rewind.ts'

export interface CommandsOptions {
  readonly plan: WorldPlan
  readonly context: ActivationContext
  readonly seats: Members
  readonly failures: Failures
  readonly world: AnyWorld
  readonly rewind: Rewind | undefined
}

/** Runs what clients command, each on its own: what is wrong with one harms no other. */
export class Commands {
  /** Seats with a command since they were last told how far the world has come. */
  acknowledging: Seat[] = []
  readonly #options: CommandsOptions
  readonly #reader = new Reader(new Uint8Array(0))

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  /** What its gate was told may be lost. */
  acknowledgeAgain(session: string): void {
    const seat = this.#options.seats.ofSession(session)
    if (seat === undefined || seat.sequence === 0) return
    seat.sequenceTold = 0
    this.acknowledging.push(seat)
  }

  run(batch: CommandBatch): undefined {
    const { sessions, ends } = batch
    let start = 0
    for (let index = 0; index < sessions.length; index += 1) {
      const end = ends[index] as number
      const seat = this.#options.seats.ofSession(sessions[index] as string)
      try {
        this.#run(seat, batch, index, this.#reader.over(batch.inputs, start, end))
      } catch (error) {
        this.#refuse(batch.gate, sessions[index] as string, seat, error)
      }
      start = end
    }
  }

  #run(seat: Seat | undefined, batch: CommandBatch, index: number, reader: Reader): void {
    const { plan, seats, failures, world, rewind } = this.#options
    if (seat === undefined) throw new RealmError('UNKNOWN_CHANNEL')
    seat.graceEndsMs = Number.POSITIVE_INFINITY
    const sequence = batch.sequences[index] as number
    if (sequence > seat.sequence) {
      seat.sequence = sequence
      seat.behind = false
      this.acknowledging.push(seat)
    } else if (sequence > 0) {
      // A client that cannot know whether its former gate passed it on sends it again.
      return
    }
    rewind?.saw(seat, (batch.seen[index] as number) / seenPerTick)
    const entry = plan.commands[batch.commands[index] as number]
    if (entry === undefined) throw new RealmError('UNKNOWN_COMMAND')
    const input = entry.command.type.read(reader)
    reader.end()
    const me = seat.avatar
    if (me === undefined) throw new RealmError('AVATAR_NONE')
    // An async handler goes on by itself: one slow command must not hold up everybody else's.
    const run = (): unknown => entry.command.run(world, me, input)
    failures.relay('command', run, (error) => {
      // The player may have come with another session by then, or have left.
      const { session, gate } = seat.member
      if (seats.ofSession(session) === seat) this.#refuse(gate, session, seat, error)
    })
  }

  #refuse(gate: string, session: string, seat: Seat | undefined, thrown: unknown): void {
    const { code, detail } = toRealmError(thrown, 'HANDLER_FAILED')
    // Of somebody who has no seat here, all that is known is where the command came from.
    const member: Member = seat?.member ?? { session, gate, player: { id: '', name: '' } }
    this.#options.context.deliver(failNotice([member], code, detail))
  }
}

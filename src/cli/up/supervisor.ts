import { dirname, resolve } from 'node:path'
import { RealmError } from '../../errors/index.ts'
import { portsCanBeShared } from '../../net/index.ts'
import {
  type Inventory,
  Keeper,
  levelOf,
  type ProcessPlan,
  type ProcessStatus,
  plansOf,
  type RunStatus,
  sentenceOf,
} from '../../ops/index.ts'
import { systemClock } from '../../ports/index.ts'
import { type ProcessLife, startProcess } from './process-life.ts'
import type { Reporter } from './reporter.ts'
import type { Servers } from './servers.ts'

export interface SupervisorOptions {
  /** Of the inventory. */
  readonly file: string
  readonly servers: Servers
  readonly reporter: Reporter
  readonly json: boolean
}

interface Kept {
  plan: ProcessPlan
  readonly keeper: Keeper<ProcessLife>
}

/** What has become of one process in a roll-out. */
export interface RollStep {
  readonly name: string
  readonly what: 'replaced' | 'started' | 'stopped'
  readonly done: number
  readonly total: number
  readonly tookMs: number
}

const stopSecondsDefault = 30
/** By then others have long taken over what it had. */
const hangSecondsDefault = 10
/** A new process must work by then, or it does not take the place of the old one. */
const readyTimeoutMs = 60_000

/** Keeps the processes of an inventory running. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #kept = new Map<string, Kept>()
  #inventory: Inventory
  #rolling = false

  constructor(inventory: Inventory, options: SupervisorOptions) {
    this.#inventory = inventory
    this.#options = options
  }

  get kept(): readonly Kept[] {
    return [...this.#kept.values()]
  }

  start(): void {
    for (const plan of plansOf(this.#inventory)) this.#add(plan).keeper.start()
  }

  /** Resolves when every process has worked at least once. */
  async allReady(): Promise<void> {
    await Promise.all(this.kept.map(({ keeper }) => keeper.worked))
  }

  async status(name: string): Promise<RunStatus> {
    const processes = this.kept.map(async ({ plan, keeper }): Promise<ProcessStatus> => {
      const { life, state, restarts } = keeper
      const { pid, told, startedMs = 0 } = life ?? {}
      const port = told?.port
      const upSeconds = life && Math.round((performance.now() - startedMs) / 1000)
      const figures = state === 'ready' ? await life?.stats() : undefined
      return { name: plan.name, roles: plan.roles, state, pid, upSeconds, port, restarts, figures }
    })
    return { name, processes: await Promise.all(processes) }
  }

  /** Those that hold clients go first, so that nobody is told of a process that has left. */
  async stop(): Promise<void> {
    const gates = this.kept.filter(({ plan }) => plan.roles.includes('gate'))
    const others = this.kept.filter(({ plan }) => !plan.roles.includes('gate'))
    for (const group of [gates, others]) await Promise.all(group.map(({ keeper }) => keeper.stop()))
  }

  /**
   * Puts a new process in the place of each one, as the inventory says by now: those that hold no
   * clients first. Stops at the first that does not come to work; what has not been replaced by
   * then goes on as it was.
   *
   * With `restart` all stop before any starts: right where they would not get along.
   * @param manifest of the new code
   * @throws RealmError `ROLL_FAILED`, `ROLL_MANIFEST`, `ROLL_RUNNING`
   */
  async roll(
    next: Inventory,
    { manifest, restart }: { manifest: string; restart: boolean },
    tell: (step: RollStep) => void,
  ): Promise<void> {
    if (this.#rolling) throw new RealmError('ROLL_RUNNING')
    const running = this.kept.flatMap(({ keeper: { life } }) => life?.told ?? [])
    if (!restart && running.some((told) => told.manifest !== manifest)) {
      throw new RealmError('ROLL_MANIFEST')
    }
    this.#rolling = true
    try {
      if (restart) await this.#restart(next, tell)
      else await this.#roll(next, tell)
    } finally {
      this.#rolling = false
    }
  }

  /** Gates come last, so that nobody comes in before there is something to come to. */
  async #restart(next: Inventory, tell: (step: RollStep) => void): Promise<void> {
    const startedMs = performance.now()
    await this.stop()
    this.#kept.clear()
    this.#inventory = next
    const all = plansOf(next).map((plan) => this.#add(plan))
    const isGate = ({ plan }: Kept): boolean => plan.roles.includes('gate')
    let done = 0
    for (const group of [all.filter((one) => !isGate(one)), all.filter(isGate)]) {
      const worked = group.map(async ({ plan: { name }, keeper }) => {
        keeper.start()
        await keeper.worked
        done += 1
        const tookMs = Math.round(performance.now() - startedMs)
        tell({ name, what: 'started', done, total: all.length, tookMs })
        return true
      })
      const ready = await Promise.race([Promise.all(worked), after(readyTimeoutMs)])
      if (ready === false) throw new RealmError('ROLL_FAILED', 'Not all came to work in time.')
    }
  }

  async #roll(next: Inventory, tell: (step: RollStep) => void): Promise<void> {
    this.#inventory = next
    const plans = plansOf(next)
    const isGate = ({ roles }: ProcessPlan): number => (roles.includes('gate') ? 1 : 0)
    const ordered = [...plans].sort((left, right) => isGate(left) - isGate(right))
    const gone = this.kept.filter(({ plan }) => !plans.some(({ name }) => name === plan.name))
    const total = ordered.length + gone.length
    let done = 0
    const step = (name: string, what: RollStep['what'], startedMs: number): void => {
      done += 1
      tell({ name, what, done, total, tookMs: Math.round(performance.now() - startedMs) })
    }
    for (const plan of ordered) {
      const startedMs = performance.now()
      const known = this.#kept.get(plan.name)
      if (!(await this.#renew(plan, known))) throw new RealmError('ROLL_FAILED', `${plan.name}.`)
      step(plan.name, known ? 'replaced' : 'started', startedMs)
    }
    for (const { plan, keeper } of gone) {
      const startedMs = performance.now()
      await keeper.stop(true)
      this.#kept.delete(plan.name)
      step(plan.name, 'stopped', startedMs)
    }
  }

  async #renew(plan: ProcessPlan, known: Kept | undefined): Promise<boolean> {
    if (known === undefined) {
      const { keeper } = this.#add(plan)
      keeper.start()
      return Promise.race([keeper.worked.then(() => true), after(readyTimeoutMs)])
    }
    const former = known.plan
    known.plan = plan
    const alone = !portsCanBeShared && plan.port !== undefined && plan.port !== 0
    if (alone) {
      await known.keeper.stop(true)
      known.keeper.start()
      return true
    }
    const replaced = await known.keeper.replace(readyTimeoutMs)
    if (!replaced) known.plan = former
    return replaced
  }

  #add(plan: ProcessPlan): Kept {
    const { reporter } = this.#options
    const kept: Kept = {
      plan,
      keeper: new Keeper({
        clock: systemClock(),
        launch: () => this.#launch(kept.plan),
        tell: (event) => reporter.tell(plan.name, levelOf(event), sentenceOf(event)),
        stopTimeoutMs: (this.#inventory.stopSeconds ?? stopSecondsDefault) * 1000,
        hangTimeoutMs: (this.#inventory.hangSeconds ?? hangSecondsDefault) * 1000,
      }),
    }
    this.#kept.set(plan.name, kept)
    return kept
  }

  #launch(plan: ProcessPlan): ProcessLife {
    const { servers, reporter } = this.#options
    // No life waits for the lease of the one before it.
    const node = `${plan.name}.${Math.random().toString(36).slice(2, 7)}`
    return startProcess({
      args: this.#argsOf(plan, node),
      env: {
        ...process.env,
        REALMKIT_BUS: servers.busFor(plan.name),
        REALMKIT_STORE: servers.store,
      },
      nodeOptions: plan.nodeOptions,
      line: (text) => reporter.line(plan.name, text),
    })
  }

  #argsOf({ roles, port, publicUrl }: ProcessPlan, node: string): string[] {
    const { game, realm, host, origins, behindProxy } = this.#inventory
    const file = resolve(dirname(this.#options.file), game)
    const args = ['run', file, '--shape', 'cluster', '--name', node, '--roles', roles.join()]
    const option = (name: string, value: string | undefined): void => {
      if (value !== undefined) args.push(`--${name}`, value)
    }
    option('realm', realm)
    option('stop-seconds', String(this.#inventory.stopSeconds ?? stopSecondsDefault))
    if (this.#options.json) args.push('--json')
    if (port === undefined) return args
    option('port', String(port))
    if (portsCanBeShared) args.push('--share-port')
    option('host', host)
    option('public', publicUrl)
    option('origin', origins?.join())
    if (behindProxy) args.push('--behind-proxy')
    return args
  }
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => void setTimeout(resolve, ms, false).unref())
}

import { dirname, resolve } from 'node:path'
import { portsCanBeShared } from '../../net/index.ts'
import {
  type Ending,
  type Inventory,
  Keeper,
  type KeeperEvent,
  type ProcessPlan,
  plansOf,
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

const stopSecondsDefault = 30

/** Keeps the processes of an inventory running. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #kept = new Map<string, Kept>()
  #inventory: Inventory

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

  /** Those that hold clients go first, so that nobody is told of a process that has left. */
  async stop(): Promise<void> {
    const gates = this.kept.filter(({ plan }) => plan.roles.includes('gate'))
    const others = this.kept.filter(({ plan }) => !plan.roles.includes('gate'))
    for (const group of [gates, others]) await Promise.all(group.map(({ keeper }) => keeper.stop()))
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

function levelOf(event: KeeperEvent): 'info' | 'warn' | 'error' {
  if (event.kind === 'ready') return 'info'
  return event.kind === 'parked' ? 'error' : 'warn'
}

function sentenceOf(event: KeeperEvent): string {
  switch (event.kind) {
    case 'ready':
      return 'is ready'
    case 'ended':
      return `${howOf(event.ending)}; it starts again in ${event.againInMs / 1000} s`
    case 'parked':
      return (
        `${howOf(event.ending)}, as it did again and again: it is left alone for ` +
        `${event.againInMs / 1000} s`
      )
    case 'killed':
      return `did not stop within ${event.afterMs / 1000} s and was killed`
  }
}

function howOf({ code, signal }: Ending): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`
}

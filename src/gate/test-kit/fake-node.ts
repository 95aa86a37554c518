import type { Host, HostMessage } from '../../actor/index.ts'
import type { Address, ClusterNode, Member, MessageKind } from '../../cluster/index.ts'
import { type Random, type Store, silentLog } from '../../ports/index.ts'
import type { VirtualClock } from './virtual-clock.ts'

type Handler = (from: string, input: unknown) => unknown

/** A node without peers, on which tests play the part of the activations. */
export interface FakeNode extends ClusterNode {
  /** What an activation anywhere would send to the gate. */
  /** The link to another node is gone. */
  breakLink(other: string): void
  /** Another node has joined the cluster. */
  join(member: string): void
  toGate<I>(kind: MessageKind<I, undefined>, input: I): void
}

export function fakeNode(clock: VirtualClock, random: Random, store: Store): FakeNode {
  const watchers = new Set<(node: string) => void>()
  const memberWatchers = new Set<Parameters<ClusterNode['watchMembers']>[0]>()
  const handlers = new Map<string, Handler>()
  // The rest of a node is none of a gate's business: using it fails the test.
  const node: Partial<FakeNode> = {
    id: 'gate1',
    incarnation: 'first',
    clock,
    random,
    store,
    log: silentLog,
    serve: (kind, handler) => handlers.set(kind.name, handler as Handler),
    leaseAlive: () => true,
    view: () => [],
    members: () => ['gate1'],
    watchMembers: (watcher) => {
      memberWatchers.add(watcher)
      return () => memberWatchers.delete(watcher)
    },
    join: (member) => {
      for (const watcher of memberWatchers)
        watcher({ kind: 'joined', member: { id: member } as Member })
    },
    watchLinks: (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    breakLink: (other) => {
      for (const watcher of watchers) watcher(other)
    },
    toGate: (kind, input) => handlers.get(kind.name)?.('elsewhere', input),
  }
  return node as FakeNode
}

export interface Sent {
  readonly address: Address
  readonly message: HostMessage
}

/** Records what the gate sends to activations, and answers as the test says. */
export class FakeHost implements Pick<Host, 'send' | 'post' | 'scope'> {
  readonly sent: Sent[] = []
  readonly scope = {} as Host['scope']
  /** The answer to a message; by default an empty one. */
  answer: (sent: Sent) => Uint8Array | undefined | Promise<Uint8Array | undefined> = () =>
    new Uint8Array(0)

  async send(address: Address, message: HostMessage): Promise<Uint8Array | undefined> {
    const sent = { address, message }
    this.sent.push(sent)
    return this.answer(sent)
  }

  post(address: Address, message: HostMessage, refused: (error: unknown) => void): void {
    void this.send(address, message).catch(refused)
  }

  /** Messages of one kind, as short text: `join room/plaza/a`. */
  ops(...kinds: HostMessage['op'][]): string[] {
    return this.sent
      .filter(({ message }) => kinds.includes(message.op))
      .map(({ address, message }) => `${message.op} ${address}`)
  }
}

/** Randomness that repeats itself from run to run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const u32 = (): number => {
    // splitmix32: short, and good enough for tests.
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => u32() & 255)
  const id = (): string =>
    Array.from(bytes(16), (byte) => '0123456789abcdefghijklmnopqrstuvwxyz'[byte % 36]).join('')
  return { u32, float: () => u32() / 2 ** 32, bytes, id }
}

import { silentLog } from '../../ports/index.ts'
import type { Listed } from '../greeter.ts'
import type { Credentials } from '../handshake.ts'
import { type NodeCrypto, secretBytes } from '../identity.ts'
import { type Link, Links } from '../links.ts'
import type { PeerLimits } from '../peer.ts'
import type { StreamLimits } from '../stream-limits.ts'
import type { Chaos } from './chaos.ts'

/** What was said and heard by one link. */
export interface LinkLog {
  readonly link: Link
  readonly here: string
  readonly there: string
  readonly sent: number[]
  readonly heard: number[]
  readonly looseHeard: number[]
  broken: boolean
}

export interface ChaosNode {
  readonly id: string
  readonly incarnation: string
  readonly links: Links
  /** Of every link that has said or heard anything, in that order. */
  readonly logs: LinkLog[]
  send(to: string, number: number, bytes: number): void
  sendLoose(to: string, number: number, bytes: number): boolean
}

export interface ChaosNodeOptions {
  readonly crypto?: NodeCrypto
  /** With these it signs, though others are listed for it. */
  readonly forged?: Credentials
  readonly streams?: Partial<StreamLimits>
  readonly peers?: Partial<PeerLimits>
  /** Told of each message before it is noted. */
  readonly heard?: (node: ChaosNode, from: string) => void
}

/** The directory: who is listed for a name. */
export type Directory = Map<string, Listed>

let lives = 0

/** Starts a life of a node on a bus of chaos; whoever had the name is listed no more. */
export function chaosNode(
  chaos: Chaos,
  directory: Directory,
  id: string,
  options: ChaosNodeOptions = {},
): ChaosNode {
  lives += 1
  const incarnation = `${id}-${lives}`
  const logs = new Map<Link, LinkLog>()
  const logOf = (link: Link, there: string): LinkLog => {
    const known = logs.get(link)
    if (known !== undefined) return known
    const log = { link, here: id, there, sent: [], heard: [], looseHeard: [], broken: false }
    logs.set(link, log)
    return log
  }
  const { crypto } = options
  const signer = crypto?.signer(chaos.random.bytes(secretBytes))
  const credentials = options.forged ?? (crypto && signer && { crypto, signer })
  directory.set(id, { incarnation, publicKey: signer?.publicKey ?? new Uint8Array(0) })
  const links: Links = new Links({
    ...{ id, incarnation, credentials, clock: chaos.clock, random: chaos.random, log: silentLog },
    ...{ streams: options.streams, peers: options.peers },
    listing: {
      find: (node, life) => {
        const listed = directory.get(node)
        return life === undefined || listed?.incarnation === life ? listed : undefined
      },
      look: async () => {},
    },
    receive: (from, message, link) => {
      options.heard?.(node, from)
      const { heard, looseHeard } = logOf(link, from)
      const view = new DataView(message.buffer, message.byteOffset)
      const list = view.getUint8(4) === 1 ? looseHeard : heard
      list.push(view.getUint32(0))
    },
    broken: (node, link) => {
      logOf(link, node).broken = true
    },
    hinted: () => {},
  })
  links.attach(chaos.join(id, (from, bytes) => links.receive(from, bytes)))
  const node: ChaosNode = {
    ...{ id, incarnation, links },
    get logs() {
      return [...logs.values()]
    },
    send: (to, number, bytes) => {
      logOf(links.send(to, messageOf(number, bytes, 0)), to).sent.push(number)
    },
    sendLoose: (to, number, bytes) => links.sendLoose(to, messageOf(number, bytes, 1)),
  }
  return node
}

function messageOf(number: number, size: number, loose: 0 | 1): Uint8Array {
  const message = new Uint8Array(Math.max(5, size))
  const view = new DataView(message.buffer)
  view.setUint32(0, number)
  view.setUint8(4, loose)
  return message
}

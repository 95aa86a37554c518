import type { IncomingMessage } from 'node:http'
import { addressGroup } from '../ports/index.ts'

const mappedIpv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** The client's address, IPv4 in its usual form even on a socket that speaks both. */
export function clientAddress(request: IncomingMessage, trustForwardedFor: boolean): string {
  const forwarded = trustForwardedFor ? request.headers['x-forwarded-for'] : undefined
  const last = typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : undefined
  return plainAddress(last || (request.socket.remoteAddress ?? ''))
}

export function plainAddress(address: string): string {
  return mappedIpv4.exec(address)?.[1] ?? address
}

/** Counts what is open per origin. */
export class AddressCounts {
  readonly #counts = new Map<string, number>()

  of(address: string): number {
    return this.#counts.get(addressGroup(address)) ?? 0
  }

  add(address: string): void {
    const group = addressGroup(address)
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1)
  }

  remove(address: string): void {
    const group = addressGroup(address)
    const count = (this.#counts.get(group) ?? 0) - 1
    if (count > 0) this.#counts.set(group, count)
    else this.#counts.delete(group)
  }
}

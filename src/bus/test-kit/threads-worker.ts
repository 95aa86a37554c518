import { parentPort } from 'node:worker_threads'
import type { BusPort } from '../../ports/index.ts'
import { workerBus } from '../index.ts'
import type { FromWorker, ToWorker } from './threads-relay.ts'

// A thread whose nodes are led from the main thread: see threads-relay.ts.
const parent = parentPort
if (parent === null) throw new Error('This file is the main file of a worker thread.')
const bus = workerBus(parent)
const ports = new Map<number, BusPort>()
const say = (message: FromWorker): void => parent.postMessage(message)

async function obey(message: ToWorker): Promise<void> {
  const { node } = message
  if (message.kind === 'send') ports.get(node)?.send(message.to, message.bytes)
  if (message.kind === 'join') {
    const receive = (from: string, bytes: Uint8Array): void => {
      if (message.mute !== true) say({ kind: 'received', node, from, bytes: bytes.slice() })
      if (message.echo === true) ports.get(node)?.send(from, bytes)
      if (message.throws === true) throw new Error('A receiver failed on purpose.')
    }
    try {
      ports.set(node, await bus.join(message.name, receive))
      say({ kind: 'done', node })
    } catch (error) {
      const code = (error as { code?: string }).code ?? String(error)
      say({ kind: 'failed', node, code })
    }
  }
  if (message.kind === 'close') {
    await ports.get(node)?.close()
    say({ kind: 'done', node })
  }
  if (message.kind === 'stall') {
    const endMs = performance.now() + message.ms
    while (performance.now() < endMs) {
      // The thread is busy, as one that computes is.
    }
  }
}

parent.on('message', (message: ToWorker) => {
  // Reports its own failures.
  void obey(message)
})

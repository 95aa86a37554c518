/** The process with all clients of one contender. See `lib/child.ts` for how it is talked to. */
import type { ContenderClient, SampledClient } from '../lib/contender.ts'
import { readLines, writeLine } from '../lib/lines.ts'
import type { LoadOptions, LoadReport, Sighting } from './report.ts'
import { type LoadSocket, openLoadSocket } from './socket.ts'

const CONNECTING_MAX = 40
const FRAME_BYTES_MAX = 65_535
const PACER_MS = 5
/** Frames a client may be behind on before it stops sending commands. */
const FRAMES_GRACE = 4
const FRAMES_PER_COMMAND = 2

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions
const module = (await import(`../contenders/${options.contender}/client.ts`)) as {
  contender: ContenderClient
}
const { contender } = module

/** A client that can be told to send a command, and what it got so far. */
interface Sender {
  frames: number
  sent: number
  send(sequence: number, turn: number): void
}

const counting: LoadSocket[] = []
const framesBefore: number[] = []
const senders: Sender[] = []
const sizes = new Uint32Array(FRAME_BYTES_MAX + 1)
let sightings: Sighting[] = []
let recordUntilMs = 0
let lost = 0
let commands = 0
let cpuBefore = process.cpuUsage()
let atBefore = performance.now()

function isSample(avatar: number): boolean {
  if (contender.sample === undefined || options.samples === 0) return false
  const every = Math.max(1, Math.floor(options.clients / options.samples))
  return avatar % every === 0 && avatar / every < options.samples
}

async function open(avatar: number): Promise<void> {
  if (isSample(avatar)) return openSample(avatar)
  const seat = await contender.seat(options, avatar)
  const client = await openLoadSocket(
    options,
    seat,
    (bytes) => {
      const size = Math.min(bytes, FRAME_BYTES_MAX)
      sizes[size] = (sizes[size] ?? 0) + 1
    },
    () => lost++,
  )
  counting.push(client)
  framesBefore.push(client.frames)
  senders[avatar] = Object.assign(client, { sent: 0 })
}

async function openSample(avatar: number): Promise<void> {
  const client = (await contender.sample?.(options, avatar)) as SampledClient
  const sender = { frames: 0, sent: 0, send: client.command }
  senders[avatar] = sender
  client.observe(
    () => {
      sender.frames++
      return performance.now() < recordUntilMs
    },
    (view) => sightings.push({ avatar, view }),
  )
}

async function openAll(): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < options.clients) await open(next++)
  }
  await Promise.all(Array.from({ length: CONNECTING_MAX }, worker))
}

/**
 * Sends every client's commands, spread evenly over time. A client holds back while it has sent
 * more than one command for two frames, so that a server that cannot keep up the tick rate is
 * not charged for more commands per tick than the others.
 */
function sendCommands(): void {
  const startMs = performance.now()
  for (const sender of senders) sender.sent = Math.floor(sender.frames / FRAMES_PER_COMMAND)
  let due = 0
  setInterval(() => {
    const wanted = ((performance.now() - startMs) / 1000) * options.commandHz * options.clients
    for (; due < wanted; due++) {
      const sender = senders[due % options.clients]
      if (sender === undefined || sender.sent * FRAMES_PER_COMMAND > sender.frames + FRAMES_GRACE) {
        continue
      }
      sender.sent++
      commands++
      sender.send(sender.sent, ((due * 7_919) % 8_192) - 4_096)
    }
  }, PACER_MS)
}

/** Sends what clients send besides commands, spread evenly over time. */
function sendPeriodic(): void {
  const everyMs = counting[0]?.periodic?.everyMs
  if (everyMs === undefined) return
  const startMs = performance.now()
  let due = 0
  setInterval(() => {
    const wanted = ((performance.now() - startMs) / everyMs) * counting.length
    for (; due < wanted; due++) counting[due % counting.length]?.periodic?.send()
  }, PACER_MS)
}

function report(): LoadReport {
  let frames = 0
  let framesMin = Number.POSITIVE_INFINITY
  let bytes = 0
  for (const [index, client] of counting.entries()) {
    const got = client.frames - (framesBefore[index] ?? 0)
    framesBefore[index] = client.frames
    frames += got
    framesMin = Math.min(framesMin, got)
    bytes += client.bytes
    client.bytes = 0
  }
  const counts: [number, number][] = []
  for (const [size, times] of sizes.entries()) if (times > 0) counts.push([size, times])
  sizes.fill(0)
  const { user, system } = process.cpuUsage(cpuBefore)
  const elapsedMs = performance.now() - atBefore
  cpuBefore = process.cpuUsage()
  atBefore = performance.now()
  const cpuShare = (user + system) / 1000 / elapsedMs
  return {
    counting: counting.length,
    frames,
    bytes,
    framesMin,
    lost,
    commands,
    sizes: counts,
    cpuShare,
  }
}

await openAll()
sendCommands()
sendPeriodic()
writeLine({ joined: options.clients })
readLines((request) => {
  if (request['report'] === true) writeLine({ report: report() })
  const recordMs = Number(request['recordMs'] ?? 0)
  if (recordMs > 0) {
    sightings = []
    recordUntilMs = performance.now() + recordMs
    setTimeout(() => writeLine({ sightings }), recordMs)
  }
})

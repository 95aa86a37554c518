/**
 * The clients of the login storm, as a process of its own: argument and answers are JSON. Each logs
 * in over HTTP as the client library does, opens a bare socket with the ticket, says hello and
 * stays.
 */
import { spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { clientMessages, protocolVersion, serverMessages } from '../../src/protocol/index.ts'
import { readLines, writeLine } from '../lib/lines.ts'
import { openLoadSocket } from '../load/socket.ts'
import { Pool } from './pool.ts'

export interface StormArguments {
  readonly host: string
  readonly port: number
  /** Connections over which logins come, as from a proxy in front of the gate. */
  readonly connections: number
  readonly logins: number
  /** Over how long they are spread, evenly. */
  readonly overMs: number
  /** So long after the first login nobody asks any more. Who keeps silent meanwhile asks then. */
  readonly patienceMs: number
}

/** What became of the logins, by the time when each was answered for good. */
export interface StormReport {
  readonly welcomed: number
  /** Told their place in the queue; of these, let in later, and still waiting at the end. */
  readonly queued: number
  readonly letInLater: number
  readonly waiting: number
  /** Asked again in time, and had another place behind the one before. */
  readonly placesLost: number
  /** Other answers, and how often each came. */
  readonly refused: Readonly<Record<string, number>>
  /** From the moment at which a client wants in to its welcome, or to the word of its place. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lost: number
  /** How long it took to begin them all: more than it should where the load had no time. */
  readonly begunMs: number
}

/** Late logins are made up for, but not all at once, which would be another storm. */
const CATCH_UP_TIMES_MAX = 3
const TURN_MS = 2

interface Answer {
  readonly ticket?: string
  readonly manifestHash?: string
  readonly queued?: Place
  readonly error?: { readonly code: string }
}

interface Place {
  readonly place: number
  readonly token: string
  readonly pollMs: number
}

/** One of so many who wait keeps silent until the end: the place must be kept. */
const SILENT_EVERY = 100
/** They come a little before all others do, who would have them wait for longer than it is kept. */
const SILENT_BEFORE_MS = 1_000

const given = JSON.parse(process.argv[2] ?? '{}') as StormArguments
const pool = new Pool(given, given.connections)
const tookMs: number[] = []
const refused: Record<string, number> = {}
let welcomed = 0
let queued = 0
let letInLater = 0
let waiting = 0
let placesLost = 0
let lost = 0

async function login(index: number, queue: string | undefined): Promise<Answer> {
  const body = JSON.stringify({ credentials: `storm-${index}`, queue })
  return JSON.parse(await pool.post('/realm/login', body)) as Answer
}

/** Resolves to the error with which it was turned away; undefined where it is in. */
async function enter({ ticket = '', manifestHash = '' }: Answer): Promise<string | undefined> {
  let turnedAway: string | undefined
  const login = { type: 'ticket', ticket } as const
  const seat = {
    path: '/realm',
    opened: () => [
      clientMessages.encode('hello', { protocol: protocolVersion, manifestHash, login }),
    ],
    received: (bytes: Uint8Array) => {
      let joined = false
      serverMessages.decode(bytes, ({ type, body }) => {
        if (type === 'bye') turnedAway = body.error
        joined ||= type === 'welcome' || type === 'bye'
      })
      return { send: [], joined }
    },
    command: () => new Uint8Array(),
  }
  const counted = (): void => {}
  const ended = (): void => {
    if (turnedAway === undefined) lost += 1
  }
  await openLoadSocket(given, seat, counted, ended)
  return turnedAway
}

async function one(index: number, endMs: number): Promise<void> {
  const begin = performance.now()
  const refuse = (why: string): void => {
    refused[why] = (refused[why] ?? 0) + 1
  }
  try {
    const first = await login(index, undefined)
    if (first.queued !== undefined) {
      queued += 1
      tookMs.push(performance.now() - begin)
    }
    const answer = first.queued === undefined ? first : await turn(index, first.queued, endMs)
    if (answer === undefined) return
    if (answer.error !== undefined) return refuse(answer.error.code)
    const turnedAway = await enter(answer)
    if (turnedAway !== undefined) return refuse(turnedAway)
    if (first.queued !== undefined) letInLater += 1
    else {
      welcomed += 1
      tookMs.push(performance.now() - begin)
    }
  } catch (error) {
    refuse((error as Error).message)
  }
}

/** Asks again as it is told until it is its turn; undefined where that does not come in time. */
async function turn(index: number, first: Place, endMs: number): Promise<Answer | undefined> {
  const isSilent = queued % SILENT_EVERY === 0
  let held = first
  for (;;) {
    const leftMs = endMs - performance.now() - (isSilent ? SILENT_BEFORE_MS : 0)
    const last = isSilent || held.pollMs > leftMs
    await new Promise((resolve) => setTimeout(resolve, last ? leftMs : held.pollMs))
    const answer = await login(index, held.token)
    if (answer.queued === undefined) return answer
    if (answer.queued.place > held.place) placesLost += 1
    held = answer.queued
    if (!last) continue
    waiting += 1
    return undefined
  }
}

async function storm({ logins, overMs, patienceMs }: StormArguments): Promise<StormReport> {
  const begin = performance.now()
  const all: Promise<void>[] = []
  const atOnceMax = Math.ceil((CATCH_UP_TIMES_MAX * logins * TURN_MS) / overMs)
  while (all.length < logins) {
    const due = Math.min(logins, (logins * (performance.now() - begin)) / overMs)
    const until = Math.min(due, all.length + atOnceMax)
    while (all.length < until) all.push(one(all.length, begin + patienceMs))
    await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  }
  const begunMs = performance.now() - begin
  await Promise.all(all)
  tookMs.sort((a, b) => a - b)
  const part = (share: number) => tookMs[Math.floor(share * tookMs.length)] ?? Number.NaN
  const queue = { queued, letInLater, waiting, placesLost }
  return { welcomed, ...queue, refused, p50Ms: part(0.5), p99Ms: part(0.99), lost, begunMs }
}

/**
 * The clients of a storm have processors of their own. Here whoever wakes up goes before them at
 * once, by class: a lower priority alone has others wait for some milliseconds.
 */
function standBack(): void {
  const pid = `${process.pid}`
  const own = spawnSync('chrt', ['--pid', pid], { encoding: 'utf8' })
  const below = /SCHED_(RR|FIFO)/.test(own.stdout ?? '') ? '--other' : '--idle'
  const { status } = spawnSync('chrt', ['--all-tasks', below, '--pid', '0', pid])
  if (status !== 0) setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
}

standBack()
writeLine({ ready: true })
readLines((message) => {
  if (message['storm'] === true) void storm(given).then((report) => writeLine({ report }))
})

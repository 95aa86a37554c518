import { RealmError } from '../errors/index.ts'

/**
 * Subjects on NATS, below a prefix. A place is `role.name`, so that permissions can be given to all
 * nodes of a role by a wildcard; who sends is part of the subject, so that the server can check it.
 *
 *     PREFIX.in.<place of the receiver>.<its incarnation>.<place of the sender>
 *     PREFIX.who.<place asked for>.<place of who asks>
 *     PREFIX.here.<place of who came or left>
 */
export interface Subjects {
  /** What a node hears: its inbox, questions about its name, and who comes and goes. */
  heardBy(place: string, incarnation: string): readonly string[]
  inbox(place: string, incarnation: string, sender: string): string
  who(place: string, asker: string): string
  here(place: string): string
  /** What a subject says; undefined for one of another shape. */
  parse(subject: string): ParsedSubject | undefined
}

export interface ParsedSubject {
  readonly topic: 'in' | 'who' | 'here'
  /** Name of the node that sent it. */
  readonly sender: string
}

/** The parts a node can play, as the first part of its name says: `gate-1` is a gate. */
export const busRoles = ['gate', 'logic', 'room', 'world', 'center'] as const
export type BusRole = (typeof busRoles)[number]

/** The role token of nodes whose name begins with no role. */
const anyRole = 'node'
/** Two names and a prefix, twice, must fit into the 4,096 bytes of a command to the server. */
const nameBytesMax = 256
const prefixUnitsMax = 128
const prefixPattern = /^[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*$/
/** What `encodeURIComponent` leaves but a subject, or a reader of one, could mistake. */
const leftOver = /[.!'()*~]/g

/**
 * `role.name` of a node, with everything in the name that subjects give a meaning written as `%XX`.
 * @throws RealmError `KEY_INVALID` where the name is empty, too long or no valid text.
 */
export function placeOf(name: string): string {
  const head = name.split(/[-.]/, 1)[0]
  const role = busRoles.find((known) => known === head) ?? anyRole
  return `${role}.${nameToken(name)}`
}

/** A node's name as one token of a subject. @throws RealmError `KEY_INVALID` */
function nameToken(name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > nameBytesMax || !name.isWellFormed()) {
    const shown = name.slice(0, 64).toWellFormed()
    throw new RealmError('KEY_INVALID', `Node: ${shown} (1 to ${nameBytesMax} bytes of UTF-8).`)
  }
  return encodeURIComponent(name).replace(
    leftOver,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** @throws RealmError `KEY_INVALID` where the prefix is none. */
export function checkPrefix(prefix: string): void {
  if (prefixPattern.test(prefix) && prefix.length <= prefixUnitsMax) return
  const rule = 'letters, digits, _ and -, in parts joined by dots'
  throw new RealmError('KEY_INVALID', `Prefix of subjects: ${prefix.slice(0, 64)} (${rule}).`)
}

/** The subjects below a prefix. @throws RealmError `KEY_INVALID` */
export function subjectsBelow(prefix: string): Subjects {
  checkPrefix(prefix)
  const start = `${prefix}.`
  return {
    heardBy: (place, incarnation) => [
      `${prefix}.in.${place}.${incarnation}.*.*`,
      `${prefix}.who.${place}.*.*`,
      `${prefix}.here.*.*`,
    ],
    inbox: (place, incarnation, sender) => `${prefix}.in.${place}.${incarnation}.${sender}`,
    who: (place, asker) => `${prefix}.who.${place}.${asker}`,
    here: (place) => `${prefix}.here.${place}`,
    parse: (subject) => {
      if (!subject.startsWith(start)) return undefined
      const tokens = subject.slice(start.length).split('.')
      const topic = topicOf(tokens[0], tokens.length)
      const sender = topic && nameOf(tokens.slice(-2))
      return sender === undefined || topic === undefined ? undefined : { topic, sender }
    },
  }
}

function topicOf(word: string | undefined, tokens: number): ParsedSubject['topic'] | undefined {
  if (word === 'in') return tokens === 6 ? word : undefined
  if (word === 'who') return tokens === 5 ? word : undefined
  return word === 'here' && tokens === 3 ? word : undefined
}

/** The name at a place; undefined unless it is exactly how `placeOf` writes that name. */
function nameOf(place: readonly string[]): string | undefined {
  try {
    const name = decodeURIComponent(place[1] ?? '')
    return placeOf(name) === place.join('.') ? name : undefined
  } catch {
    return undefined
  }
}

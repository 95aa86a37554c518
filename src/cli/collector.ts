import { setFlagsFromString } from 'node:v8'

/**
 * Has V8 allocate every object among the young ones. To be called before anything that is to be
 * fast has run.
 *
 * V8 counts, for each place in the code that makes objects, how many outlive a collection; where
 * nearly all do, compiled code makes them old at once ("allocation site pretenuring"). A server
 * begins with that: whatever it makes while it starts and while its first players come is there to
 * stay. What it makes at the same places later lives for a few milliseconds, but as an old object
 * it stands until the next full collection, and keeps all alive that it refers to. See
 * `docs/decisions/031`.
 */
export function keepNewObjectsYoung(): void {
  if (process.versions['bun'] === undefined) setFlagsFromString('--no-allocation-site-pretenuring')
}

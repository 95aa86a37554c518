import type { serverMessages } from '../protocol/index.ts'
import type { Infer } from '../schema/index.ts'
import type { BodyOf } from './dispatch.ts'
import type { Opened } from './resume.ts'
import type { Session } from './session.ts'

type Welcome = Infer<(typeof serverMessages.table)['welcome']['body']>

const nothing = new Uint8Array(0)

/**
 * The answer to `hello`.
 * @param received how many numbered messages the client has
 */
export function welcome(
  { session, resumed, token }: Opened,
  hello: BodyOf<'hello'>,
  received: number,
  wallMs: number,
): Welcome {
  const { manifestHash, manifestBytes } = gameThere(session, received)
  return {
    session: session.id,
    player: session.player.id,
    name: session.player.name,
    resumeToken: token,
    resumed,
    received: session.received,
    missed: 0,
    manifestHash,
    // Who has it already does not need it again.
    manifest: manifestHash === hello.manifestHash ? nothing : manifestBytes,
    wallMs,
  }
}

/** The game whose manifest the client has, whether or not it could still tell so. */
function gameThere({ game, manifests }: Session, received: number): Session['game'] {
  return manifests.findLast(({ number }) => number <= received)?.game ?? game
}

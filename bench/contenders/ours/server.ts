/** Realmkit: a world with one avatar per client, served as `realmkit run` would serve it. */
import { memoryBus } from '../../../src/bus/index.ts'
import { keepNewObjectsYoung } from '../../../src/cli/collector.ts'
import { startRealm } from '../../../src/index.ts'
import { webSocketListener } from '../../../src/net/index.ts'
import { silentLog, systemClock, systemRandom } from '../../../src/ports/index.ts'
import { memoryStore } from '../../../src/store/index.ts'
import { serve } from '../../lib/serve.ts'
import { sceneGame } from './game.ts'

keepNewObjectsYoung()
await serve(async (scene, { clients }) => {
  const clock = systemClock()
  const log = silentLog
  const realm = await startRealm({
    id: 'bench',
    game: sceneGame(scene),
    clock,
    random: systemRandom(),
    bus: memoryBus(),
    store: memoryStore(),
    log,
    // All clients come from one address and at once: the limits for that are raised, no others.
    listener: webSocketListener({
      host: '127.0.0.1',
      port: 0,
      clock,
      log,
      connectionsPerAddressMax: clients,
    }),
    gate: {
      limits: {
        loginsBurstMax: clients,
        hellosBurstMax: clients,
        admissionsPerSecondMax: clients,
        admissionsPerSecondMin: clients,
        admissionsBurstMax: clients,
      },
    },
  })
  return {
    port: realm.address.port,
    totals: () => ({ clientTicks: realm.stats().gate.framesSent, ticks: scene.tick }),
  }
})

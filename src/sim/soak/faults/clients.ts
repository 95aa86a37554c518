import { type Fault, weather } from './fault.ts'

export const clientFaults: readonly Fault[] = [
  {
    kind: 'disconnect',
    everyMs: 6_000,
    lastsMs: [0, 0],
    begin: ({ players }, draw) => {
      const player = draw.one(players)
      player.socket?.drop()
      return { what: player.name }
    },
  },
  {
    kind: 'doubleLogin',
    everyMs: 25_000,
    lastsMs: [1_000, 20_000],
    begin: ({ players }, draw) => {
      const player = draw.one(players)
      const rival = player.again()
      rival.start()
      return { what: player.name, end: () => rival.leave() }
    },
  },
  {
    kind: 'retryStorm',
    everyMs: 25_000,
    lastsMs: [0, 0],
    begin: ({ players }, draw) => {
      const some = draw.some(players, 1)
      const drops = draw.chance(0.5)
      for (const player of some) {
        player.storm(draw.whole(2, 8))
        if (drops) player.socket?.drop()
      }
      return { what: some.map(({ name }) => name).join() }
    },
  },
  {
    kind: 'handlerExceptions',
    everyMs: 25_000,
    lastsMs: [500, 5_000],
    begin: ({ stage, players }, draw) => {
      const some = draw.some(players, 1)
      const failMs = draw.between(20, 300)
      let over = false
      const fail = (): void => {
        if (over) return
        for (const player of some) player.fail()
        stage.later(draw.around(failMs), fail)
      }
      fail()
      return {
        what: some.map(({ name }) => name).join(),
        end: () => {
          over = true
        },
      }
    },
  },
  {
    kind: 'slowConsumer',
    everyMs: 20_000,
    lastsMs: [500, 15_000],
    begin: ({ players }, draw) => {
      const { name, socket } = draw.one(players)
      socket?.stall(true)
      return { what: name, end: () => socket?.stall(false) }
    },
  },
  weather('slowClients', 25_000, [1_000, 10_000], (draw) => ({
    socketLatencyMs: draw.between(50, 500),
    socketJitterMs: draw.between(10, 500),
  })),
]

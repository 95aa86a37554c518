import { type Canary, framing, naming, ticking } from './plant.ts'

/** Bugs of sockets, clocks, chance and the bus. */
export const otherCanaries: readonly Canary[] = [
  framing('a listener that swaps frames to clients', (draw) => ({
    send: (send) => {
      let held: Uint8Array | undefined
      return (bytes) => {
        if (held !== undefined) {
          send(bytes)
          send(held)
          held = undefined
        } else if (draw.chance(0.05)) held = bytes.slice()
        else send(bytes)
      }
    },
  })),
  framing('a listener that replays frames to clients', (draw) => ({
    send: (send) => (bytes) => {
      const copy = bytes.slice()
      send(bytes)
      if (draw.chance(0.02)) send(copy)
    },
  })),
  framing('a listener that loses frames to clients', (draw) => ({
    send: (send) => (bytes) => {
      if (!draw.chance(0.02)) send(bytes)
    },
  })),
  framing('a listener that replays what clients send', (draw) => ({
    take: (take) => (bytes) => {
      const copy = bytes.slice()
      take(bytes)
      if (draw.chance(0.02)) take(copy)
    },
  })),
  framing('a listener that loses what clients send', (draw) => ({
    take: (take) => (bytes) => {
      if (!draw.chance(0.02)) take(bytes)
    },
  })),
  framing('a listener that gives frames to another client', (draw) => {
    const sends: ((bytes: Uint8Array) => void)[] = []
    return {
      send: (send) => {
        sends.push(send)
        return (bytes) => (draw.chance(0.005) ? draw.one(sends)(bytes) : send(bytes))
      },
    }
  }),
  ticking('a clock that loses timers', (draw) => (clock) => ({
    ...clock,
    after: (delayMs, run) =>
      draw.chance(0.002) ? { cancel: () => {} } : clock.after(delayMs, run),
  })),
  ticking('a clock that goes too slowly for its lease', (draw) => {
    const slow = draw.between(0.1, 0.3)
    return (clock, node) => (node === 'alpha' ? { ...clock, now: () => clock.now() * slow } : clock)
  }),
  ticking('a clock that runs back', (draw) => (clock) => {
    let backMs = 0
    return {
      ...clock,
      now: () => {
        if (draw.chance(0.001)) backMs += draw.between(0, 3_000)
        return clock.now() - backMs
      },
    }
  }),
  ticking('a wall clock that leaps ahead now and then', (draw) => (clock) => ({
    ...clock,
    wallMs: () => clock.wallMs() + (draw.chance(0.01) ? 3_600_000 : 0),
  })),
  {
    name: 'a node that knows no limits',
    plant: () => (ports) => ({
      ...ports,
      limits: { host: {}, gate: {}, node: {} },
    }),
  },
  naming('ids that come again', (draw) => () => () => `id${draw.whole(1, 40)}`),
  naming('ids that begin anew in each life of a node', () => (node) => {
    let drawn = 0
    return () => {
      drawn += 1
      return `${node}-${drawn}`
    }
  }),
  {
    name: 'a bus that loses most of what one node hears',
    plant: (draw) => (ports, node) => ({
      ...ports,
      bus: {
        join: (name, receive) =>
          ports.bus.join(name, (from, bytes) => {
            if (node !== 'alpha' || draw.chance(0.1)) receive(from, bytes)
          }),
      },
    }),
  },
]

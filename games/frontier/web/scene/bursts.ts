import type { Burst } from './effects.ts'

/** The bursts of the game by what they tell. */
export const bursts = {
  hit: {
    ...{ picture: 'dot', tints: [0xfff2b0, 0xffffff, 0xffb45a], count: 7, speed: 3.4, rise: 2.4 },
    ...{ gravity: 9, life: 0.4, size: 0.2 },
  },
  blood: {
    ...{ picture: 'dot', tints: [0xff6a5a, 0xd8425a], count: 6, speed: 2.4, rise: 2.2 },
    ...{ gravity: 9, life: 0.45, size: 0.18 },
  },
  goo: {
    ...{ picture: 'dot', tints: [0x8fe08a, 0x4fb98a], count: 9, speed: 2.8, rise: 2.6 },
    ...{ gravity: 9, life: 0.5, size: 0.24 },
  },
  poof: {
    ...{ picture: 'puff', tints: [0xffffff, 0xe8e0f0], count: 9, speed: 1.6, rise: 1.1 },
    ...{ gravity: 0, life: 0.65, size: 0.42 },
  },
  pickUp: {
    ...{ picture: 'dot', tints: [0xffe27a, 0xfff6d0], count: 9, speed: 1.1, rise: 2.6 },
    ...{ gravity: 2, life: 0.7, size: 0.16, glowing: true },
  },
  level: {
    ...{ picture: 'light', tints: [0xffe27a, 0xffb45a, 0xfff6d0], count: 34, speed: 2.6 },
    ...{ rise: 4.2, gravity: 3, life: 1.3, size: 0.26, glowing: true },
  },
  heal: {
    ...{ picture: 'light', tints: [0x9dff9a, 0xd8ffc0], count: 16, speed: 0.9, rise: 2.4 },
    ...{ gravity: 0, life: 0.9, size: 0.2, glowing: true },
  },
  arrival: {
    ...{ picture: 'light', tints: [0xbfe0ff, 0xffffff], count: 18, speed: 1.6, rise: 2.2 },
    ...{ gravity: 0, life: 0.8, size: 0.22, glowing: true },
  },
  dust: {
    ...{ picture: 'puff', tints: [0xd8c49a], count: 1, speed: 0.3, rise: 0.4 },
    ...{ gravity: 0, life: 0.45, size: 0.16 },
  },
} satisfies Record<string, Burst>

import { accountOf, game, nextGame } from '../game.ts'
import { type Fault, isGate, toNode } from './fault.ts'

/** What operators do while players play. */
export const operations: readonly Fault[] = [
  toNode('move', 8_000, [0, 0], (stage, node, draw) => {
    const to = draw.one(stage.up()).plan.name
    const address = accountOf(draw.one(stage.purses))
    stage.doing(node, `moves ${address} to ${to}`, node.realm?.host.move(address, to))
    return undefined
  }),
  toNode('closeAndRestart', 30_000, [0, 0], (stage, node, draw) => {
    stage.restart(node, draw.between(200, 3_000))
    return undefined
  }),
  toNode('drain', 35_000, [0, 0], (stage, node, draw) => {
    stage.drain(node, draw.between(1_000, 10_000), draw.between(200, 3_000))
    return undefined
  }),
  toNode(
    'gateDrain',
    35_000,
    [0, 0],
    (stage, node, draw) => {
      stage.drain(node, draw.between(1_000, 10_000), draw.between(200, 3_000))
      return undefined
    },
    isGate,
  ),
  {
    kind: 'rollOut',
    everyMs: 30_000,
    lastsMs: [0, 0],
    begin: ({ stage }, draw) => {
      const next = draw.one([game, nextGame])
      stage.nodes.forEach((node, index) => {
        stage.later(index * draw.between(100, 3_000), () => stage.rollOut(node, next))
      })
      return { what: next === game ? 'back' : 'forth' }
    },
  },
]

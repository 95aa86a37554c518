import type { Stage, StageNode } from '../stage.ts'
import { type Fault, isGate, toNode } from './fault.ts'

function killed(stage: Stage, node: StageNode): () => void {
  stage.kill(node)
  return () => stage.start(node)
}

export const nodeFaults: readonly Fault[] = [
  toNode('nodeKill', 25_000, [200, 8_000], killed),
  toNode('gateKill', 30_000, [200, 5_000], killed, isGate),
  toNode('nodePause', 25_000, [100, 2_400], (stage, node) => {
    stage.pause(node)
    return () => stage.resume(node)
  }),
  toNode('nodePauseBeyondLease', 30_000, [3_000, 9_000], (stage, node) => {
    stage.pause(node)
    return () => stage.resume(node)
  }),
  toNode('clockJump', 20_000, [1_000, 10_000], (stage, node, draw) => {
    stage.setClock(node, draw.between(-8_000, 8_000))
    return () => stage.setClock(node, 0)
  }),
]

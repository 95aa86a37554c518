import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateTiles, type TileBatch } from '../actor/index.ts'
import { type Bot, grid, type Scene, scene } from './test-kit/scene.ts'
import { settled } from './test-kit/virtual-clock.ts'

/** Batches are two ticks on their way. */
const lag = 2

function ticksOf({ gate, world }: Scene): () => Promise<void> {
  const underWay: TileBatch[] = []
  return async () => {
    await gate.clock.advance(50)
    underWay.push(world.step())
    if (underWay.length <= lag) return
    const batch = underWay.shift() as TileBatch
    gate.node.toGate(gateTiles, { address: 'world/frontier/main', batch, epoch: world.epoch })
    await settled()
  }
}

/** Changes what lies around a place. */
function stir({ world }: Scene, middle: number): void {
  for (let row = -2; row <= 2; row += 1) {
    for (let column = -2; column <= 2; column += 1) {
      world.change(middle + row * grid.columns + column)
    }
  }
}

/** Somebody who has to save goes just when somebody else begins to. @returns what was asked for */
async function relieved(afterTicks: number): Promise<readonly number[]> {
  const made = await scene({ worldBytesPerSecondMax: 1000 })
  const tick = ticksOf(made)
  const [ada, eve]: Bot[] = [await made.join(), await made.join()]
  made.look(ada as Bot, 100, 100)
  made.look(eve as Bot, 300, 300)
  for (let left = 40; left > 0; left -= 1) {
    stir(made, 5 * grid.columns + 5)
    await tick()
  }
  const { sent } = made.gate.host
  const asked = (): number[] =>
    sent.flatMap(({ message }) => (message.op === 'tiles' ? [...message.keyframes] : []))
  const before = asked().length
  for (let left = 40; left > 0; left -= 1) {
    stir(made, 15 * grid.columns + 15)
    if (left === 40 - afterTicks) (ada as Bot).socket.drop()
    await tick()
  }
  return asked().slice(before)
}

test('a view does not take slow rates that were given up and come for another moment', async () => {
  for (let afterTicks = 16; afterTicks < 28; afterTicks += 1) {
    assert.deepEqual(await relieved(afterTicks), [], `after ${afterTicks} ticks`)
  }
})

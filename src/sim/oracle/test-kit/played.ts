import { concluded } from './conclusion.ts'
import { act } from './history.ts'
import type { Setup } from './setup.ts'
import { Stage } from './stage.ts'

/** Plays a history, each of whose numbers stands for a deed, to its calm end. */
export async function played(setup: Setup, numbers: readonly number[]): Promise<void> {
  const stage = new Stage(setup)
  try {
    await stage.begin()
    await stage.enter(0)
    await stage.enter(stage.gates.length - 1)
    for (const number of numbers) await act(stage, number)
    await concluded(stage)
  } catch (error) {
    throw new Error(`${(error as Error).message}, after ${stage.done.join(' ')}`, { cause: error })
  }
}

import type { ActivationContext, Behaviour } from './behaviour.ts'
import type { ActorPlan } from './define-actor.ts'
import type { GameScope } from './scope.ts'
export function actorBehaviour(
  _plan: ActorPlan,
  _context: ActivationContext,
  _scope: GameScope,
): Behaviour {
  throw new Error()
}

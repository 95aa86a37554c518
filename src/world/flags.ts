// What may be said of an entity's place, as bits.

/** The entity is in the list of what changed this tick. */
export const touchedFlag = 1
/** Clients who see its tile have not been told of it there. */
export const enteredFlag = 2
/** It stands outside of the tile it is listed in. */
export const strayFlag = 4
/** It was despawned in this tick. */
export const deadFlag = 8
/** The place is in use. */
export const usedFlag = 16

/**
 * The operations of a delta. Each is one number, `what · kinds + kind + 1`, where `what` names the
 * field, item or entry; 0 ends the record, list or map. Small numbers take one byte.
 */

/** A field gets a whole new value. */
export const fieldSet = 0
/** A delta of the record, list or map in a field follows. */
export const fieldPatch = 1
export const fieldKinds = 2

/** A list's item gets a whole new value. */
export const itemSet = 0
/** A delta of the item follows. */
export const itemPatch = 1
/** From this item on, a number of items are removed and others inserted. */
export const itemSplice = 2
export const itemKinds = 3

/** A new map entry: its key and value follow. */
export const entryAdd = 0
/** An entry gets a whole new value. */
export const entrySet = 1
/** A delta of the entry's value follows. */
export const entryPatch = 2
/** An entry is gone. */
export const entryRemove = 3
export const entryKinds = 4

/** Ends a record, list or map. */
export const end = 0

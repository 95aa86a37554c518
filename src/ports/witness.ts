/**
 * Knows the processes of one machine, and can tell that one of them has ended. That is certain at
 * once, where silence is certain only when a lease is over.
 */
export interface Witness {
  /**
   * What this process is called among the witnesses of its machine; at most `processUnitsMax`
   * characters. Empty where nobody could tell its end.
   */
  readonly process: string
  /** Whether that process has ended for certain. False of all that cannot be seen from here. */
  ended(process: string): boolean
}

export const processUnitsMax = 128

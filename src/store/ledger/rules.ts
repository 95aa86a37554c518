const issuerPrefixes = ['source:', 'mint:'] as const
const sinkPrefix = 'sink:'

/** Balances and amounts stay within ± this, where a `number` is exact. */
export const balanceMax = Number.MAX_SAFE_INTEGER

/** Accounts count their items as they count money, under the one name that no asset can have. */
export const itemsAsset = ''

/** Whether money and items come from this account, so that its balance has no floor. */
export function isIssuer(account: string): boolean {
  return issuerPrefixes.some((prefix) => account.startsWith(prefix))
}

/** Which of the columns of `AuditTotal` an account counts into. */
export function classOf(account: string): 'issued' | 'sunk' | 'held' {
  if (isIssuer(account)) return 'issued'
  return account.startsWith(sinkPrefix) ? 'sunk' : 'held'
}

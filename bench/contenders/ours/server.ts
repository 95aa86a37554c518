/** Realmkit. */
import { ContenderUnavailable, serve } from '../../lib/serve.ts'

await serve(async () => {
  throw new ContenderUnavailable('the world of src/world is not wired to the bench yet')
})

import type { Call } from '../grammar/call.ts';
import { sessionOf } from '../session/session.ts';
import { askedOf } from './asked.ts';
import { show } from './show.ts';

/** Lists resources, or shows some by their ids. Throws `UsageError`, `CommandError`, `ApiError`, `FlagError`. */
export async function get(call: Call): Promise<number> {
  const asked = askedOf(call, await sessionOf(call));
  const found = await asked.read();
  const { items, missing } = found;
  if (missing !== undefined && items.length === 0) throw missing;
  if (items.length === 0) await asked.checkPlace();
  await show(call, asked, found);
  if (missing !== undefined) throw missing;
  return 0;
}

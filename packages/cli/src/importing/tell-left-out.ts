import type { FlagDefinition } from '@flagwright/core';
import { flagsByKey } from '../differing/flags-by-key.ts';
import type { Call } from '../grammar/call.ts';
import type { LocalSet } from '../local/set.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';

/** Says why flags are not imported, each with its place. */
export function tellRefused(call: Call, { locate, title }: LocalSet, refused: ReadonlyMap<string, string>): void {
  const style = styleOf(call, 'err');
  for (const [key, why] of refused) {
    const place = locate(['flags', key]);
    const where = place === undefined ? title : `${place.file ?? title}:${place.line}:${place.column}`;
    call.world.err(`${style.red('Error')}: ${safe(`${where}: ${key} is not imported: ${why}`)}\n`);
  }
}

/** What is for people, and has no place on a server. */
export function tellLost(call: Call, { document }: LocalSet): void {
  const lost = new Set<string>();
  const times = ['createdAt', 'updatedAt', 'created_at', 'updated_at'] as const;
  for (const [, definition] of flagsByKey(document.flags) as ReadonlyMap<string, FlagDefinition>) {
    for (const name of times) if (definition[name] !== undefined) lost.add(name);
  }
  if (lost.size === 0) return;
  call.world.err(
    `${styleOf(call, 'err').yellow('Warning')}: ${[...lost].join(', ')} of flags ${lost.size === 1 ? 'is' : 'are'} left out: a server keeps times of its own\n`,
  );
}

import { ApiError, type Ask } from '@flagwright/server/client';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOfApi } from '../errors/tell-api.ts';
import type { Kind } from '../nouns/noun.ts';
import type { Found, Item } from './item.ts';
import { segment } from './paths.ts';

/** Resources by their ids, in that order; those that are not there are told of by `missing`. Throws whatever else fails. */
export async function byIds(ask: Ask, path: string, kind: Kind, ids: readonly string[]): Promise<Found> {
  const items: Item[] = [];
  const missing: ApiError[] = [];
  for (const id of ids) {
    try {
      items.push((await ask('GET', `${path}/${segment(id)}`)) as Item);
    } catch (thrown) {
      if (!isMissing(thrown, kind)) throw thrown;
      missing.push(thrown);
    }
  }
  return {
    apiVersion: items[0]?.apiVersion ?? '',
    single: ids.length === 1,
    items,
    totalCount: items.length,
    page: 1,
    pageSize: items.length,
    missing: oneOf(missing),
  };
}

const isMissing = (thrown: unknown, kind: Kind): thrown is ApiError =>
  thrown instanceof ApiError && thrown.code === 'NOT_FOUND' && thrown.members.kind === kind;

/** Several refusals as one. */
function oneOf(missing: readonly ApiError[]): Error | undefined {
  if (missing.length < 2) return missing[0];
  const told = missing.map((one) => toldOfApi(one));
  return new CommandError(EXIT.notFound, told.map(({ message }) => message).join('; '), told[0]!.hints);
}

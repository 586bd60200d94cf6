import type { FlagSet } from '@flagwright/core';
import { FlagError, isErrorCode, publicError } from '@flagwright/core';
import type { Reply } from './origin.ts';
import { escapeText, unescapeText } from './revision.ts';
import { shown } from './secrets.ts';

const SINCE = 'flagwright-stale-since';
const CAUSE = 'flagwright-stale-cause';
const MOST_SHOWN = 300;

/** The headers that tell that a set is stale: since when, in ms since the epoch, and the code and message of the cause. */
export function staleHeaders({ stale }: FlagSet): Readonly<Record<string, string>> {
  if (stale === undefined) return {};
  const { code, message } = publicError(stale.cause, 'UNAVAILABLE');
  return { [SINCE]: String(stale.since), [CAUSE]: `${code} ${escapeText(message.slice(0, MOST_SHOWN))}` };
}

/** What an answer says of being stale; undefined if nothing. */
export function staleOf({ answer: { headers }, hide }: Reply): FlagSet['stale'] {
  const since = headers.get(SINCE);
  if (since === null) return undefined;
  const [code, message = ''] = (headers.get(CAUSE) ?? '').split(' ', 2);
  const cause = new FlagError(
    isErrorCode(code) ? code : 'UNAVAILABLE',
    message === '' ? 'the origin of these flags is away' : shown(unescapeText(message), hide),
  );
  const time = Number(since);
  return { since: since !== '' && Number.isFinite(time) ? time : Date.now(), cause };
}

/** A set that was confirmed, with what is now known of its being stale. */
export function confirmed(set: FlagSet, stale: FlagSet['stale']): FlagSet {
  if (stale === undefined && set.stale === undefined) return set;
  const { stale: _, ...fresh } = set;
  return stale === undefined ? fresh : { ...fresh, stale };
}

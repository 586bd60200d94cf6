import { evaluate, evaluateAll, type Snapshot } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { SetName } from '../database/database.ts';
import type { FlagSets } from '../sets/flag-sets.ts';
import { type Answer, JSON_TYPE, refusal } from './answer.ts';
import { contextIn } from './context.ts';
import { names, tagOf } from './entity-tag.ts';
import { type Params, setOf } from './place.ts';
import { textOf } from './words.ts';

/** What is needed of a request. */
export interface Asked {
  /** Its body. Throws `Problem`. */
  text(): Promise<string>;
  /** The header `If-None-Match`. */
  readonly ifNoneMatch: string | null | undefined;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

/** Where the event stream of a set is, as clients are told. */
export interface Announcement {
  /** What tells one address from another. */
  readonly address: string;
  /** The value of `eventStreams`, as JSON text. */
  readonly text: string;
}

/** The two questions of the protocol. Neither rejects. */
export interface Evaluations {
  flag(asked: Asked, who: Principal, params: Params & { readonly key: string }): Promise<Answer>;
  flags(asked: Asked, who: Principal, params: Params): Promise<Answer>;
}

const ONE: Readonly<Record<string, string>> = { 'content-type': JSON_TYPE, 'cache-control': 'no-store' };

/** No revision is longer. */
const LONGEST_REVISION = 200;

/** Told of each flag that was asked for by itself, and found. Must be quick, and must not throw. */
export type Served = (set: SetName, key: string, variant: string | undefined) => void;

/** Evaluates flags for whoever asks by HTTP. Whether those who ask for all flags use one, nobody knows. */
export function evaluations(
  sets: Pick<FlagSets, 'snapshotOf'>,
  announce: (set: SetName) => Announcement,
  served: Served = () => undefined,
): Evaluations {
  async function flag(asked: Asked, who: Principal, params: Params, key: string): Promise<Answer> {
    const set = setOf(who, params);
    const text = await asked.text();
    const evaluation = evaluate(await sets.snapshotOf(set), key, undefined, contextIn(text));
    const { errorCode } = evaluation;
    if (errorCode === undefined) served(set, key, evaluation.variant);
    const status = errorCode === undefined ? 200 : errorCode === 'FLAG_NOT_FOUND' ? 404 : 400;
    return { status, headers: ONE, text: textOf(evaluation) };
  }

  async function flags(asked: Asked, who: Principal, params: Params): Promise<Answer> {
    const set = setOf(who, params);
    const context = contextIn(await asked.text());
    const snapshot = await sets.snapshotOf(set, revisionIn(asked.query));
    const { address, text: eventStreams } = announce(set);
    // with the time in play revision and context do not determine the flags
    const { timed } = snapshot.internals;
    let written = timed ? listOf(snapshot, context) : undefined;
    const etag = tagOf(snapshot.revision, address, context, written);
    const headers = { etag, 'cache-control': 'private, no-cache' };
    if (names(asked.ifNoneMatch, etag)) return { status: 304, headers, text: undefined };
    written ??= listOf(snapshot, context);
    const metadata = JSON.stringify(snapshot.metadata);
    return {
      status: 200,
      headers: { ...headers, 'content-type': JSON_TYPE },
      text: `{"flags":[${written}],"metadata":${metadata},"eventStreams":${eventStreams}}`,
    };
  }

  return {
    flag: (asked, who, params) => flag(asked, who, params, params.key).catch((thrown) => refusal(thrown, params.key)),
    flags: (asked, who, params) => flags(asked, who, params).catch((thrown) => refusal(thrown)),
  };
}

/** What all flags serve, as the texts of a list. */
function listOf(snapshot: Snapshot, context: Readonly<Record<string, unknown>>): string {
  let text = '';
  evaluateAll(snapshot, context).forEach((evaluation) => {
    text += text === '' ? textOf(evaluation) : `,${textOf(evaluation)}`;
  });
  return text;
}

/**
 * The revision that an event told of, which the client gives back as `flagConfigEtag`: the event may have come from a
 * server that heard of the change before this one did.
 */
function revisionIn(query: string): string | undefined {
  if (query === '') return undefined;
  const etag = new URLSearchParams(query).get('flagConfigEtag');
  return etag === null || etag === '' || etag.length > LONGEST_REVISION ? undefined : etag;
}

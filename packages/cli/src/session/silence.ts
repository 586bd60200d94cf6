import { FlagError } from '@flagwright/core';
import { isNoAnswer, type NoAnswer } from '@flagwright/server/client';
import type { World } from '../world.ts';

/** A server, as people know it. */
export interface Place {
  readonly address: string;
  /** Who named it, as `--server`; undefined: nobody did. */
  readonly from: string | undefined;
  /** A variable that names a proxy, which requests do not go through. */
  readonly proxy?: string | undefined;
}

/** The variable that names a proxy for an address, if there is one and Node.js does not heed it by itself. */
export function proxyFor(address: string, env: World['env']): string | undefined {
  if (env.NODE_USE_ENV_PROXY !== undefined) return undefined;
  const kinds = address.startsWith('https:') ? ['https', 'all'] : ['http', 'all'];
  return kinds
    .flatMap((kind) => [`${kind}_proxy`.toUpperCase(), `${kind}_proxy`])
    .find((name) => env[name] !== undefined && env[name] !== '');
}

/** What to do where nobody knows what was done. */
export const LOOK = 'Look before you try again';
/** Of what was sent, and not answered. */
export const MAY_BE_DONE = 'it may have been done or not';

/** What was thrown; where there was no answer, in words that have the address, and what to do. */
export function saidOf(thrown: unknown, place: Place): unknown {
  return isNoAnswer(thrown) ? told(thrown, place) : thrown;
}

/** The error for an answer that is none of Flagwright's. */
export function foreignAnswer(what: string, changing: boolean, place: Place): FlagError {
  const { address } = place;
  const text = `${address} has answered, and not as Flagwright does: ${what}`;
  return changing
    ? hinted('UNKNOWN', `${text}; ${MAY_BE_DONE}`, [LOOK, QUESTION, from(place)])
    : hinted('UNAVAILABLE', text, [QUESTION, from(place)]);
}

const QUESTION = 'Is it the address of the server, or does something in front of it, as a proxy, answer?';

function told({ silence, detail, code, message, cause }: NoAnswer, place: Place): FlagError {
  const { address } = place;
  const changing = code === 'UNKNOWN';
  const why = detail === undefined ? '' : ` (${detail})`;
  const lost = (what: string, hints: readonly string[]): FlagError =>
    changing ? hinted('UNKNOWN', `${what}: ${MAY_BE_DONE}`, [LOOK], cause) : hinted('UNAVAILABLE', what, hints, cause);
  switch (silence) {
    case 'address': {
      const named = place.from ?? 'the address of the server';
      return hinted('INVALID_ARGUMENT', `${named} is ${address}: nothing can be sent to this port`, [], cause);
    }
    case 'unreached': {
      const hints = [
        ...(detail === 'ENOTFOUND' ? [] : ['Is it running? flagctl serve starts one']),
        ...(place.proxy === undefined
          ? []
          : [`${place.proxy} is set, and not used: requests go straight to the server`]),
      ];
      return hinted('UNAVAILABLE', `the server ${address} cannot be reached${why}`, [...hints, from(place)], cause);
    }
    case 'insecure': {
      const hint = /Hint: (.+)$/s.exec(message)?.[1];
      const hints = hint === undefined ? [] : [hint.charAt(0).toUpperCase() + hint.slice(1)];
      return hinted('UNAVAILABLE', `there is no secure connection to ${address}${why}`, hints, cause);
    }
    case 'lost':
      return lost(`the connection to ${address} was lost${changing ? ' before its answer' : why}`, [
        'It is not known why: look whether the server runs',
      ]);
    case 'late':
      return lost(`${address} has not answered within ${detail}`, [
        'Does it have much to do, or something in front of it? Try again later',
        from(place),
      ]);
    case 'too-large':
      return lost(`${address} has answered with ${detail}, which is not read to its end`, [QUESTION, from(place)]);
    case 'foreign':
      if (/^\d+$/.test(detail ?? '')) return lost(`something that is not Flagwright has answered ${detail}`, []);
      return foreignAnswer(detail ?? 'something else', changing, place);
  }
}

const from = ({ from: named }: Place): string =>
  named === undefined
    ? 'The address is that where no other is given, by --server, FLAGCTL_SERVER or a context'
    : `The address is that of ${named}`;

function hinted(code: FlagError['code'], message: string, hints: readonly string[], cause?: unknown): FlagError {
  return Object.assign(new FlagError(code, message, cause === undefined ? {} : { cause }), { hints });
}

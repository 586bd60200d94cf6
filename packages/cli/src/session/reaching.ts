import { FlagError, networkError } from '@flagwright/core';

/**
 * The same as `send`, but that a server that cannot be reached, and one that answers with a page, is told by its address and
 * with what to do. Such an error is a `FlagError` with `hints`.
 */
export function reaching(send: typeof fetch, address: string): typeof fetch {
  return async (input, init) => {
    let answer: Response;
    try {
      answer = await send(input, init);
    } catch (thrown) {
      // how long it has waited is told where that was limited
      if (init?.signal?.aborted === true || thrown instanceof FlagError) throw thrown;
      throw unreached(networkError(thrown, (init?.method ?? 'GET') !== 'GET', true), address);
    }
    const type = answer.headers.get('content-type') ?? '';
    if (!answer.ok || !/^text\/html\b/i.test(type)) return answer;
    await answer.body?.cancel();
    throw hinted(new FlagError('UNAVAILABLE', `${address} has answered with a page, and not as Flagwright does`), [
      'Is it the address of the server, or does something in front of it, as a proxy, answer?',
    ]);
  };
}

function unreached(error: FlagError, address: string): FlagError {
  const { message, code } = error;
  const { cause } = error;
  const [what = '', hint] = message.split('. Hint: ');
  const word = /\((\w+)\)/.exec(what)?.[1];
  const told = (text: string, hints: readonly string[]): FlagError =>
    hinted(new FlagError(code, text, { cause }), hints);
  if (code === 'INVALID_ARGUMENT') return told(`${what}: ${address}`, []);
  if (code === 'UNKNOWN') {
    return told(`the connection to ${address} was lost before its answer: it may have been done or not`, [
      'Look before you try again',
    ]);
  }
  const why = word === undefined ? '' : ` (${word})`;
  if (what.startsWith('no secure connection')) {
    return told(`there is no secure connection to ${address}${why}`, hint === undefined ? [] : [capital(hint)]);
  }
  if (what.startsWith('the server could not be reached')) {
    return told(
      `the server ${address} cannot be reached${why}`,
      word === 'ENOTFOUND' ? [HOST] : ['Is it running? flagctl serve starts one', HOST],
    );
  }
  return told(`the connection to ${address} was lost${why}`, []);
}

const HOST = 'The address is that of --server, of FLAGCTL_SERVER, or of the context';

const hinted = (error: FlagError, hints: readonly string[]): FlagError => Object.assign(error, { hints });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

import { type Ask, isReading } from '@flagwright/server/client';
import { answerOf } from './answers.ts';
import { foreignAnswer, type Place, saidOf } from './silence.ts';
import { whatIsMissing } from './what-is-missing.ts';

/** What is sent by POST and changes nothing. */
const READS = /^\/validate\/(?:targeting|feature-flag)$|\/feature-flags\/[^/]+\/evaluate$/;

/** How answers are looked at. */
export interface Checking {
  /** Whatever is answered is as good as what Flagwright does: nothing relies on it. */
  readonly anything?: boolean | undefined;
}

/**
 * The same requests, but that each answer is looked at, wherever it is used: what is none of Flagwright's comes from something
 * else, and is told as that. What goes wrong on the way is told by the address of the server, with what to do; of what is not
 * there, the first thing on the way to it that is not.
 */
export function checkedAsk(ask: Ask, place: Place, { anything = false }: Checking = {}): Ask {
  const missing = whatIsMissing(ask);
  return async (method, path, options = {}) => {
    const all = method === 'POST' && READS.test(path) ? { reads: true, ...options } : options;
    let answer: unknown;
    try {
      answer = await ask(method, path, all);
    } catch (thrown) {
      throw await missing(path, saidOf(thrown, place));
    }
    if (anything) return answer;
    const wrong = answerOf(method, path, options.query?.format)(answer, 'the answer');
    if (wrong === undefined) return answer;
    throw foreignAnswer(answer === undefined ? 'the answer is empty' : wrong, !isReading(method, all), place);
  };
}

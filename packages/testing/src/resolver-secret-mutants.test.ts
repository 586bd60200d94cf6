import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { type Details, type Fault, failedBy, SECRET } from '../test/mutant.ts';

const SAYS = 'says no secret, whatever goes wrong';

const telling = (error: unknown): FlagError =>
  new FlagError('UNAVAILABLE', `it is away: ${((error as Error).cause as Error).message}`);

/** Says why there is no answer. */
const says = (code: string): Fault => ({
  answer: (answer: Details) => {
    return answer.errorCode === code ? { ...answer, errorMessage: `db://u:${SECRET}@h has none` } : answer;
  },
});

it.each<[string, Fault]>([
  ['in its name', { resolver: () => ({ name: `mutant ${SECRET}` }) }],
  ['before its start', says('PROVIDER_NOT_READY')],
  ['of a flag that is not there', says('FLAG_NOT_FOUND')],
  ['of another type', says('TYPE_MISMATCH')],
  [
    'when its start fails',
    {
      resolver: ({ start }) => ({
        start: async (events) => {
          await start(events).catch((error: unknown) => {
            throw telling(error);
          });
        },
      }),
    },
  ],
  ['when its backend goes', { events: ({ stale }) => ({ stale: (cause) => stale(telling(cause)) }) }],
  ['with a change', { events: ({ changed }) => ({ changed: (keys) => changed(keys, `bad: ${SECRET}`) }) }],
  [
    'when it stops',
    {
      resolver: ({ stop }) => ({
        async stop() {
          await stop();
          throw new Error(SECRET);
        },
      }),
    },
  ],
  [
    'when it cannot list',
    {
      resolver: ({ all, keys }) => ({
        all(context) {
          if (keys() === undefined) throw new FlagError('NOT_READY', SECRET);
          return all(context);
        },
      }),
    },
  ],
  [
    'in a warning',
    {
      events: ({ stale }) => ({
        stale(cause) {
          process.emitWarning(telling(cause).message);
          stale(cause);
        },
      }),
    },
  ],
])('the contract catches a resolver that says a secret %s', async (_, fault) => {
  expect(await failedBy(fault, [SAYS])).toEqual([SAYS]);
});

it('a resolver without secrets says none', async () => {
  expect(await failedBy({}, [SAYS])).toEqual([]);
});

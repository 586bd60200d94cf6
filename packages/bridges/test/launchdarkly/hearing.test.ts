import { describe, expect, it } from 'vitest';
import { hearing } from '../../src/launchdarkly/hearing.ts';

// What clients that poll write, as recorded: they poll every 30 s at least, too slow for a test.

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const LOST = 'Received I/O error (connect ECONNREFUSED 127.0.0.1:1) for polling request - will retry';
const POLL = 'Polling LaunchDarkly for feature flag updates';

function ear() {
  const words: string[] = [];
  const { logger, store } = hearing(
    {
      good: () => void words.push('good'),
      polled: () => void words.push('polled'),
      asking: () => undefined,
      lost: (why) => void words.push(`lost ${why}`),
      bad: () => void words.push('bad'),
      gaveUp: (status) => void words.push(`gave up ${status}`),
    },
    undefined,
  );
  return { logger, store, words };
}

describe('polling is heard', () => {
  it('of version 9, which says when a poll is over', async () => {
    const { logger, words } = ear();
    logger.debug(POLL);
    logger.debug('Elapsed: %d ms, sleeping for %d ms', 4, 29_996);
    logger.warn(LOST);
    await turn();
    expect(words).toEqual(['lost I/O error (ECONNREFUSED)']);
    logger.debug(POLL);
    logger.debug('Elapsed: %d ms, sleeping for %d ms', 4, 29_996);
    await turn();
    expect(words.at(-1)).toBe('polled');
  });

  it('of version 7, which says when the next begins', async () => {
    const { logger, words } = ear();
    logger.debug(POLL);
    logger.warn(LOST);
    logger.debug(POLL);
    await turn();
    expect(words).toHaveLength(1);
    logger.debug(POLL);
    await turn();
    expect(words.at(-1)).toBe('polled');
  });

  it('if what came cannot be read', async () => {
    const { logger, words } = ear();
    logger.debug(POLL);
    logger.debug('Elapsed: %d ms, sleeping for %d ms', 4, 29_996);
    logger.error('Polling received invalid data');
    await turn();
    expect(words).toEqual(['bad']);
  });
});

it('what is said of events is passed over', async () => {
  const { logger, words } = ear();
  logger.warn('Received error 503 for event posting - will retry');
  logger.error('Received error 401 (invalid SDK key) for event posting - giving up permanently');
  logger.debug('Flushing %d events', 1);
  await turn();
  expect(words).toEqual([]);
});

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

describe('a loss is heard', () => {
  it('of TLS, whose words end in a line break, and without an address', async () => {
    const { logger, words } = ear();
    const why = 'write EPROTO 80FC:error:0A00010B:SSL routines:wrong version number:ssl3_record.c:350:\n';
    logger.warn(`Received I/O error (${why}) for streaming request - will retry`);
    expect(words).toEqual(['lost I/O error (EPROTO)']);
    await turn();
    logger.warn(
      "Received I/O error (Host: relay.internal. is not in the cert's altnames) for polling request - will retry",
    );
    expect(words.at(-1)).toBe('lost I/O error (the certificate is not accepted)');
  });

  it('once, as long as nothing was tried again', async () => {
    const { logger, words } = ear();
    for (const why of ['read ECONNRESET', '[object Object]']) {
      logger.warn(`Received I/O error (${why}) for streaming request - will retry`);
      logger.info('Will retry stream connection in 40 milliseconds');
      await turn();
    }
    expect(words).toEqual(['lost I/O error (ECONNRESET)']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    logger.warn('Received error 503 for streaming request - will retry');
    expect(words).toEqual(['lost I/O error (ECONNRESET)', 'lost error 503']);
  });

  it('by what a data system says, if nothing more is said of it', async () => {
    const { logger, words } = ear();
    logger.debug('CompositeDataSource received state VALID from underlying data source.  Err is undefined');
    logger.debug('CompositeDataSource received state CLOSED from underlying data source.  Err is LaunchDarklyError: x');
    await turn();
    await turn();
    expect(words).toEqual(['lost it failed']);
    logger.error('Received error 401 (invalid SDK key) for streaming request - giving up permanently');
    logger.debug('CompositeDataSource received state CLOSED from underlying data source.  Err is LaunchDarklyError: x');
    await turn();
    await turn();
    expect(words).toEqual(['lost it failed', 'gave up 401']);
  });
});

describe('with a store that is heard', () => {
  it('flags are in use once it has taken them, if nothing was lost meanwhile', async () => {
    const { logger, store, words } = ear();
    let taken!: () => void;
    const heard = store({
      init: (_flags: unknown, done: () => void) => {
        taken = done;
      },
    }) as { init(flags: unknown, done: () => void): void };
    const take = () => heard.init({}, () => words.push('taken'));
    logger.debug('Received put event');
    take();
    await turn();
    expect(words).toEqual([]);
    taken();
    await turn();
    expect(words).toEqual(['taken', 'good']);
    take();
    logger.warn('Received error 503 for streaming request - will retry');
    taken();
    await turn();
    expect(words).toEqual(['taken', 'good', 'lost error 503', 'taken']);
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

import { FlagError, type ResolverEvents, retryDelay } from '@flagwright/core';
import type { UnleashClient } from './client.ts';
import { changedFlags, type Definitions, definitionsOf } from './difference.ts';
import { canAnswer, fetchAgain, forgetAnswer, hasFetched, leaveBootstrap } from './internals.ts';
import { profileOf } from './profile.ts';
import { ofError, ofWarning, type Trouble } from './trouble.ts';

/** What a session needs. */
export interface SessionOptions {
  /** The client was made for this session. It is started, and asked to go on where it would stop. */
  readonly own: boolean;
  /** How long to wait for the first answers, in ms. */
  readonly startTimeout: number;
  /** Told once of each thing an operator should know. */
  readonly onNotice: (text: string) => void;
  /** How long to wait, in ms, after so many refusals in a row. Default: `retryDelay`. */
  readonly delay?: ((refusals: number, cause: FlagError) => number) | undefined;
}

/** A client being listened to. */
export interface Session {
  /** Resolves once the client answers; rejects once with why it does not. */
  readonly started: Promise<void>;
  /** What the client evaluates; undefined as long as it does not answer. */
  readonly definitions: Definitions | undefined;
  /** Why answers may be out of date; undefined if they are good, or there are none. */
  readonly stale: FlagError | undefined;
  /** Ends the listening, and a start that has not settled. Leaves the client as it is. */
  end(): void;
}

const STOPPED = 'the client was refused, and asks the server no more. Hint: make another, with a token that is good';
const AFTERWARDS = '. Hint: look at its storage provider, and at who listens to it';
const COPY = 'flags come from a bootstrap or a backup, until the Unleash server has answered';

/**
 * Listens to a client and tells what an evaluation would see: READY once its flags are the server's, STALE as long as
 * they may not be. It starts a client of its own.
 */
export function listen(client: UnleashClient, events: ResolverEvents, options: SessionOptions): Session {
  const { own, startTimeout, onNotice, delay = retryDelay } = options;
  let state: 'starting' | 'failed' | 'good' | 'stale' | 'ended' = 'starting';
  let definitions: Definitions | undefined;
  /** What is wrong, as it was told last, or is to be told by `start`. */
  let cause: FlagError | undefined;
  let refusals = 0;
  /** The flags were the server's once. */
  let fetched = false;
  /** The client took in flags, and has told of nothing since. */
  let taken = false;
  /** The client has not looked everywhere for flags yet. */
  let starting = own;
  let retry: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;
  let settle: { resolve(): void; reject(error: FlagError): void } | undefined;
  const started = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });

  const fail = (error: FlagError): void => {
    if (state !== 'starting') return;
    state = 'failed';
    cause = error;
    clearTimeout(limit);
    settle!.reject(error);
  };

  /** The flags are the server's. */
  const good = (): void => {
    const was = state;
    refusals = 0;
    if (!fetched) leaveBootstrap(client);
    fetched = true;
    if (was === 'good') return;
    state = 'good';
    cause = undefined;
    clearTimeout(limit);
    if (was === 'starting') settle!.resolve();
    else events.ready();
  };

  /** The flags are those of a copy, or may have changed since. */
  const doubtful = (error: FlagError): void => {
    const [was, told] = [state, cause];
    state = 'stale';
    cause = error;
    clearTimeout(limit);
    if (was === 'starting') settle!.resolve();
    else if (was !== 'stale' || told?.code !== error.code) events.stale(error);
  };

  /** Takes in what the client evaluates from now on. */
  const take = (): void => {
    const [before, after] = [definitions, definitionsOf(client)];
    definitions = after;
    if (before === undefined) {
      const problems = problemsOf(after, after.keys());
      if (problems !== undefined) onNotice(problems);
      return;
    }
    const changed = changedFlags(before, after);
    if (changed.length > 0) events.changed(changed, problemsOf(after, changed));
  };

  /** The client may be answering now. */
  const look = (): void => {
    if (state === 'ended' || definitions !== undefined || !canAnswer(client)) return;
    take();
    if (hasFetched(client)) good();
    else doubtful(cause ?? new FlagError('UNAVAILABLE', COPY));
  };

  const hear = (trouble: Trouble | undefined): void => {
    if (state === 'ended' || trouble === undefined) return;
    if (trouble.kind === 'notice') {
      onNotice(trouble.text);
      return;
    }
    // the answer is in use by then: what comes after it does not make it worse
    if (trouble.kind === 'failed' && taken) {
      taken = false;
      onNotice(`${trouble.cause.message}, but only after it had taken in flags${AFTERWARDS}`);
      return;
    }
    taken = false;
    const error = trouble.cause;
    if (trouble.kind !== 'away') forgetAnswer(client, !fetched);
    else if (trouble.over === true) askAgain(error);
    if (definitions !== undefined) {
      // what was taken in before the client stumbled is in use
      take();
      doubtful(error);
      return;
    }
    const told = cause;
    cause = error;
    if (state === 'failed' && told?.code !== error.code) events.error(error);
    // a client that has a copy has said so by then
    if (!starting && state === 'starting') setImmediate(() => fail(error));
  };

  const askAgain = (error: FlagError): void => {
    clearTimeout(retry);
    if (!own) {
      onNotice(STOPPED);
      return;
    }
    retry = setTimeout(
      () => {
        if (state !== 'ended' && !fetchAgain(client)) onNotice(STOPPED);
      },
      delay(++refusals, error),
    );
    retry.unref();
  };

  const listeners: Readonly<Record<string, (said: unknown) => void>> = {
    ready: look,
    synchronized: look,
    changed() {
      taken = true;
      if (definitions === undefined) {
        look();
        return;
      }
      take();
      if (hasFetched(client)) good();
    },
    unchanged() {
      taken = false;
      if (definitions !== undefined) good();
    },
    error: (said) => hear(ofError(said)),
    warn: (said) => hear(ofWarning(said)),
  };
  const heard = Object.entries(listeners).map(([event, listener]) => {
    // an event that is being told reaches those who have just gone, too
    return [event, (said: unknown) => (state === 'ended' ? undefined : listener(said))] as const;
  });
  // somebody else who listens may throw, which would keep the event from those after
  for (const [event, listener] of heard) (client.prependListener ?? client.on).call(client, event, listener);
  look();
  if (state === 'starting') {
    // keeps the process until the start has settled: else it would end in the middle of it, without a word
    limit = setTimeout(() => {
      fail(cause ?? new FlagError('UNAVAILABLE', `the Unleash client had no flags within ${startTimeout} ms`));
    }, startTimeout);
  }
  if (own) begin();

  /** Starts the client. When that is over, copies have been looked for and the server was asked. */
  function begin(): void {
    const asked = (async () => client.start())().catch(() => undefined);
    void asked.then(() => {
      starting = false;
      // the client tells that it answers a moment later
      setImmediate(() => {
        if (cause !== undefined) fail(cause);
      });
    });
  }

  return {
    started,
    get definitions() {
      return state === 'ended' ? undefined : definitions;
    },
    get stale() {
      return state === 'stale' ? cause : undefined;
    },
    end() {
      fail(new FlagError('NOT_READY', 'the resolver was stopped'));
      state = 'ended';
      clearTimeout(retry);
      for (const [event, listener] of heard) client.off(event, listener);
    },
  };
}

/** What is wrong with some flags, the first five; undefined if nothing. */
function problemsOf(definitions: Definitions, keys: Iterable<string>): string | undefined {
  const problems: string[] = [];
  for (const key of keys) {
    const definition = definitions.get(key);
    const problem = definition === undefined ? undefined : profileOf(definition.flag).problem;
    if (problem !== undefined) problems.push(`flag ${key}: ${problem}`);
  }
  return problems.length === 0 ? undefined : problems.slice(0, 5).join('\n');
}

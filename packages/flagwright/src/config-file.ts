import { FlagError, type Resolver, type Unsubscribe, warnThrown } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

/** How often the file is looked at, although nothing hinted at a change; also when what it asks for is tried again. */
const LOOK_EVERY = 30_000;

/** A file of configuration that is followed while a resolver runs. */
export interface ConfigFile {
  readonly path: string;
  /** Does what the file says now, if that is not done. Rejects if it cannot be done; aborted: the file says more. */
  apply(signal: AbortSignal): Promise<void>;
  /** Told of what the file asks for and cannot be done, once for as long as it is the same. */
  failed(error: FlagError): unknown;
}

/** The resolver, which follows a file of configuration between `start` and `stop`, also when its own start fails. */
export function followingFile(resolver: Resolver, file: ConfigFile): Resolver {
  let following: { stop(): Promise<void> } | undefined;
  const end = async (): Promise<void> => {
    const ending = following;
    following = undefined;
    await ending?.stop();
  };
  return {
    ...resolver,
    get name() {
      return resolver.name;
    },
    // in one step, so that a stop finds all that was begun
    start(events) {
      void end();
      following = follow(file);
      return Promise.resolve(resolver.start?.(events));
    },
    async stop() {
      await Promise.all([end(), resolver.stop?.()]);
    },
  };
}

function follow({ path, apply, failed }: ConfigFile): { stop(): Promise<void> } {
  let stopped = false;
  let looking: AbortController | undefined;
  let again = false;
  let problem: string | undefined;

  async function look(): Promise<void> {
    if (stopped) return;
    if (looking !== undefined) {
      again = true;
      return;
    }
    const one = new AbortController();
    looking = one;
    try {
      await apply(one.signal);
      problem = undefined;
    } catch (thrown) {
      if (!stopped && !one.signal.aborted) tell(FlagError.from(thrown));
    }
    looking = undefined;
    if (!again) return;
    again = false;
    await look();
  }

  function tell(error: FlagError): void {
    if (error.message === problem) return;
    problem = error.message;
    const report = (thrown: unknown): void => warnThrown('onConfigError', thrown);
    try {
      Promise.resolve(failed(error)).catch(report);
    } catch (thrown) {
      report(thrown);
    }
  }

  const hinted = (): void => {
    // what is being done may be what is not wanted any more
    looking?.abort(new FlagError('NOT_READY', 'the configuration has changed again'));
    void look();
  };

  // only to be told of changes, by what knows how editors and ConfigMaps make them
  const watched = fileSource({ path });
  const watch = async (): Promise<Unsubscribe | undefined> => {
    try {
      return await watched.subscribe?.({ changed: hinted, failed: () => undefined });
    } catch {
      return undefined;
    }
  };
  const watching = watch();
  const timer = setInterval(look, LOOK_EVERY);
  timer.unref();
  // what changed before the watch was armed
  void watching.then(look);

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      looking?.abort(new FlagError('NOT_READY', 'the resolver was stopped'));
      await (await watching)?.();
      await watched.close?.();
    },
  };
}

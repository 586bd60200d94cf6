import type { FlagError, Resolver, Unsubscribe } from '@flagwright/core';
import { FlagError as Failure } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

/** How often the file is looked at, although nothing hinted at a change; also when what it asks for is tried again. */
const LOOK_EVERY = 30_000;

/** A file of configuration that is followed while a resolver runs. */
export interface ConfigFile {
  readonly path: string;
  /** Does what the file says now, if that is not done. Rejects if it cannot be done. */
  apply(): Promise<void>;
  /** Told of what the file asks for and cannot be done, once for as long as it is the same. */
  failed(error: FlagError): void;
}

/** The resolver, which follows a file of configuration between `start` and `stop`, also when its own start fails. */
export function followingFile(resolver: Resolver, file: ConfigFile): Resolver {
  let following: { stop(): Promise<void> } | undefined;
  return {
    ...resolver,
    get name() {
      return resolver.name;
    },
    async start(events) {
      await following?.stop();
      following = follow(file);
      await resolver.start?.(events);
    },
    async stop() {
      const ending = following;
      following = undefined;
      await Promise.all([ending?.stop(), resolver.stop?.()]);
    },
  };
}

function follow({ path, apply, failed }: ConfigFile): { stop(): Promise<void> } {
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let problem: string | undefined;

  const look = (): void => {
    if (stopped) return;
    again = looking !== undefined;
    looking ??= (async () => {
      try {
        await apply();
        problem = undefined;
      } catch (thrown) {
        const error = Failure.from(thrown);
        if (error.message !== problem && !stopped) failed(error);
        problem = error.message;
      }
      looking = undefined;
      if (again) look();
    })();
  };

  // only to be told of changes, by what knows how editors and ConfigMaps make them
  const watched = fileSource({ path });
  const watch = async (): Promise<Unsubscribe | undefined> => {
    try {
      return await watched.subscribe?.({ changed: look, failed: () => undefined });
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
      await (await watching)?.();
      await watched.close?.();
    },
  };
}

import { FlagError } from '@flagwright/core';

/** What a turn is asked to do; of several that are asked for at once, the most. */
export interface TurnRequest {
  readonly anew: boolean;
  readonly force: boolean;
}

/** Turns of one kind of work, one after another; what is asked for during one makes exactly one more. */
export interface Turns<T> {
  /** Asks for a turn. */
  want(request: TurnRequest): void;
  /** Asks for a turn that begins after this call, and tells what came of it. */
  ask(request: TurnRequest): Promise<T>;
  /** No more turns; resolves when the one under way is over. */
  close(): Promise<void>;
}

interface Asking<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Turns of `work`, which may throw; `after` is told what came of each, and must not. */
export function turnsOf<T>(
  work: (request: TurnRequest) => Promise<T>,
  after: (result: T | undefined, error: FlagError | undefined) => void,
): Turns<T> {
  let wanted: TurnRequest | undefined;
  let asking: Asking<T>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const want = ({ anew, force }: TurnRequest): void => {
    if (closed) return;
    wanted = { anew: anew || wanted?.anew === true, force: force || wanted?.force === true };
    running ??= run();
  };

  async function run(): Promise<void> {
    while (wanted !== undefined && !closed) {
      const request = wanted;
      const served = asking;
      wanted = undefined;
      asking = [];
      try {
        const result = await work(request);
        after(result, undefined);
        for (const { resolve } of served) resolve(result);
      } catch (thrown) {
        const error = FlagError.from(thrown);
        after(undefined, error);
        for (const { reject } of served) reject(error);
      }
    }
    running = undefined;
  }

  return {
    want,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new FlagError('NOT_READY', 'the sync of gates is closed'));
        asking.push({ resolve, reject });
        want(request);
      }),
    async close() {
      closed = true;
      for (const { reject } of asking) reject(new FlagError('NOT_READY', 'the sync of gates is closed'));
      asking = [];
      await running;
    },
  };
}

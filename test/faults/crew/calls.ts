import { inspect } from 'node:util';

/** Functions of a process that another one calls: arguments and answers are JSON. */
export type Calls = object;

export interface Request {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** How long a process may take to end once all is closed before it tells what keeps it, in ms. */
const LINGERING = 3_000;

/**
 * Answers the calls of the process that started this one, until it calls `close`: from then on this process must end by
 * itself. It ends at once when the other one is gone.
 */
export function serve(calls: Calls & { close(): Promise<void> }): void {
  const functions = calls as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  let closed = false;
  const answer = async ({ id, name, args }: Request): Promise<void> => {
    try {
      process.send!({ id, value: await functions[name]!(...args) } satisfies Reply);
    } catch (thrown) {
      process.send!({ id, error: inspect(thrown, { depth: 5 }) } satisfies Reply);
    }
    if (name !== 'close') return;
    closed = true;
    process.disconnect();
    setTimeout(() => {
      const held = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`the ${process.argv[2]} are still held by ${held}\n`);
    }, LINGERING).unref();
  };
  process.on('message', (request: Request) => void answer(request));
  process.on('disconnect', () => {
    if (!closed) process.exit(3);
  });
}

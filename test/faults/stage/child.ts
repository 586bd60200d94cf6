import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Calls, Reply, Request } from '../crew/calls.ts';

type Names<C> = keyof C & string;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
type Answer<F> = F extends (...args: never) => infer R ? Awaited<R> : never;

/** Another process, and its functions. */
export interface Child<C extends Calls> {
  readonly pid: number;
  call<N extends Names<C>>(name: N, ...args: Arguments<C[N]>): Promise<Answer<C[N]>>;
  /** Closes what it holds; it must end by itself within `within` ms then. Throws if it does not, or not well. */
  close(within?: number): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a process of the program in a role. */
export function startChild<C extends Calls>(program: string, role: string): Child<C> {
  const child = fork(program, [role], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let calls = 0;
  child.on('message', ({ id, value, error }: Reply) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(`the ${role} threw ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the ${role} ended with ${code ?? signal}`));
    waiting.clear();
  });

  const call = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++calls;
      waiting.set(id, { resolve, reject });
      child.send({ id, name, args } satisfies Request, (error) => {
        if (error !== null && waiting.delete(id)) reject(error);
      });
    });

  return {
    pid: child.pid!,
    call: call as Child<C>['call'],
    async close(within = 5_000) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the ${role} ended before`);
      const ended = once(child, 'exit');
      const late = setTimeout(() => child.kill('SIGKILL'), within);
      await call('close').catch((error: unknown) => {
        if (child.signalCode === null) throw error;
      });
      const [code, signal]: readonly unknown[] = await ended;
      clearTimeout(late);
      if (code !== 0)
        throw new Error(
          `the ${role} did not end by themselves within ${within} ms, but with ${String(code ?? signal)}`,
        );
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

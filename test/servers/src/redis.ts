import { freePort } from './free-port.ts';
import { type RedisProcess, startRedisProcess } from './redis-process.ts';

/** A Redis of its own. */
export interface RedisServer extends RedisProcess {
  /** Its URL, with the password if it has one. */
  readonly url: string;
  /** The password; undefined if it asks for none. */
  readonly password: string | undefined;
}

/** Settings of `startRedis`. */
export interface RedisOptions {
  /** A free one if left out. */
  readonly port?: number;
  /** What the server asks clients for; nothing if left out. */
  readonly password?: string | undefined;
  /** Whether every write is on disk before it is answered, and so survives `kill`. Off if left out: nothing survives. */
  readonly durable?: boolean;
  /** Further settings, written as arguments of `redis-server`: `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
}

/** Start a Redis on 127.0.0.1 with no data. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { port = await freePort(), password, durable = false, args = [] } = options;
  const disk = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const secret = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  const redis = await startRedisProcess({
    name: 'Redis',
    port,
    password,
    // Without a disk between them, a master waits 5 s before it sends its data to a replica, and 1 s more for its thanks.
    configuration: asLines(['--save', '', '--repl-diskless-sync', 'no', ...disk, ...secret, ...args]),
  });
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return { ...redis, password, url: `redis://${credentials}127.0.0.1:${port}` };
}

/** `['--name', 'value', …]` as lines of a configuration file. */
function asLines(args: readonly string[]): readonly (readonly string[])[] {
  const lines: string[][] = [];
  for (const arg of args) {
    if (arg.startsWith('--')) lines.push([arg.slice(2)]);
    else lines.at(-1)?.push(arg);
  }
  return lines;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askRedis } from './ask-redis.ts';
import { guardedFolder } from './guarded-folder.ts';
import { ensure } from './install.ts';
import { run } from './run.ts';
import { type Server, startServer } from './server.ts';

/** A `redis-server` of some sort, with a way to send it commands. */
export interface RedisProcess extends Server {
  /** Run one command by the program `redis-cli` and answer what it prints. Throws if the server answers an error. */
  cli(...args: readonly string[]): Promise<string>;
}

/** What to run. */
export interface RedisProcessOptions {
  readonly name: string;
  readonly port: number;
  readonly password?: string | undefined;
  /** Lines of its configuration file, as words: `['maxmemory', '10mb']`. */
  readonly configuration: readonly (readonly string[])[];
  /** Arguments after the configuration file. */
  readonly args?: readonly string[];
}

/**
 * Start a `redis-server` on 127.0.0.1. All settings are in a configuration file, which Redis rewrites when a sentinel
 * gives it another role: the role then survives a restart.
 */
export async function startRedisProcess(options: RedisProcessOptions): Promise<RedisProcess> {
  const { name, port, password, configuration, args = [] } = options;
  const programs = await ensure('redis');
  const folder = guardedFolder('redis');
  const file = join(folder.path, 'redis.conf');
  const all = [['port', String(port)], ['bind', '127.0.0.1'], ['dir', folder.path], ...configuration];
  writeFileSync(file, all.map((words) => `${words.map(quote).join(' ')}\n`).join(''));
  const server = await startServer({
    name,
    port,
    folder,
    file: programs['redis-server'],
    args: [file, ...args],
    shutdown: 'SIGTERM',
    ready: async () => /^(\+PONG|-NOAUTH|-NOPERM)/.test((await askRedis(port, 'PING')) ?? ''),
  });
  return {
    ...server,
    cli: (...words) => redisCli(['-e', '-h', '127.0.0.1', '-p', String(port), ...words], password),
  };
}

/** Run the program `redis-cli`; the password goes by the environment, where no list of processes shows it. */
export async function redisCli(args: readonly string[], password?: string): Promise<string> {
  const programs = await ensure('redis');
  const env = password === undefined ? {} : { REDISCLI_AUTH: password };
  return (await run(programs['redis-cli'], args, { env })).replace(/\n$/, '');
}

function quote(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

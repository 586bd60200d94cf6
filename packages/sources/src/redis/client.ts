/** The part of ioredis' `Redis` and `Cluster` that a store uses. Whoever creates a client closes it. */
export type RedisClient = RedisConnection | RedisCluster;

interface Commands {
  readonly status: string;
  connect(): Promise<void>;
  call(command: string, args: string[]): Promise<unknown>;
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
}

/** The part of ioredis' `Redis`, by itself or with Sentinels. */
export interface RedisConnection extends Commands {
  duplicate(options: ConnectionOptions): RedisSubscriber;
}

/** The part of ioredis' `Cluster`. */
export interface RedisCluster extends Commands {
  nodes(): RedisConnection[];
}

/** A connection for hints. */
export interface RedisSubscriber extends RedisConnection {
  on(event: string, listener: (argument: unknown, message?: unknown) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(): void;
  /** There is none before it connects. */
  readonly stream: RedisSocket | undefined;
}

/** The part of a socket that is used. */
export interface RedisSocket {
  unref(): unknown;
  destroy(): unknown;
}

/** Options of ioredis for a connection that stands or falls: whoever uses it connects again. */
export interface ConnectionOptions {
  readonly lazyConnect: true;
  readonly retryStrategy: () => null;
  readonly sentinelRetryStrategy: () => null;
  readonly autoResubscribe: false;
  readonly autoResendUnfulfilledCommands: false;
  readonly connectTimeout: number;
  readonly connectionName: string;
  readonly disableClientInfo: true;
  readonly keyPrefix: '';
}

/** Those options. Nothing is tried again behind the back of the follower, which decides that. */
export function connectionOptions(connectionName: string, connectTimeout: number): ConnectionOptions {
  return {
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout,
    connectionName,
    // the name says who it is; each command more is one more right to give
    disableClientInfo: true,
    keyPrefix: '',
  };
}

/** Ends a connection now, whether anybody answers or not. */
export function cut(connection: Pick<RedisSubscriber, 'status' | 'disconnect' | 'stream'>): void {
  if (connection.status === 'end') return;
  connection.disconnect();
  connection.stream?.destroy();
}

/** Whether a client is of a Cluster. */
export function isCluster(client: RedisClient): client is RedisCluster {
  return 'nodes' in client;
}

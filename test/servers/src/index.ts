export { type FreePortOptions, freePort } from './free-port.ts';
export { ensure, ensureAll } from './install.ts';
export { type ConsumedMessage, type KafkaOptions, type KafkaServer, startKafka } from './kafka.ts';
export { type Pgbouncer, type PgbouncerOptions, startPgbouncer } from './pgbouncer.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
export { bundleProgram, type Program, type ProgramSource } from './program.ts';
export type { Programs, ServerKind } from './programs.ts';
export {
  type PrometheusAlert,
  type PrometheusOptions,
  type PrometheusSample,
  type PrometheusServer,
  promtool,
  startPrometheus,
} from './prometheus.ts';
export { type ProxyOptions, startProxy, type TcpProxy } from './proxy.ts';
export type { Link } from './proxy-link.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './redis-cluster.ts';
export type { RedisProcess } from './redis-process.ts';
export { type RedisSentinel, type RedisSentinelOptions, startSentinel } from './redis-sentinel.ts';
export type { Server } from './server.ts';
export { type SmallDisk, smallDisk } from './small-disk.ts';
export { until } from './until.ts';

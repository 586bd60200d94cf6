export type { Rate } from './access/buckets.ts';
export type { Principal, Role } from './access/principal.ts';
export type { Cors } from './http/headers.ts';
export type { Listening, ListenOptions } from './http/listen.ts';
export { jsonLogger, type Level, type Logger, type LogLine } from './http/log.ts';
export { makeAdminToken } from './server/admin-token.ts';
export { GATES_SET } from './server/gates.ts';
export type { ServerOptions } from './server/options.ts';
export { type ControlPlaneServer, createServer } from './server/server.ts';

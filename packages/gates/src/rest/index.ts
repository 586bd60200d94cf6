export { type ChangeOptions, type GatesClient, gatesClient, type RemoteGate } from './client.ts';
export type { GatesClientOptions } from './client-options.ts';
export { gatesHandler } from './handler.ts';
export type { Authorize, GateAction, GatesHandlerOptions } from './options.ts';

export { bearer } from './bearer.ts';
export { type Handler, type StoreHandler, type StoreHandlerOptions, storeHandler } from './handler.ts';
export { nodeHandler } from './node.ts';
export type { HttpOptions } from './options.ts';
export { httpSource } from './source.ts';
export { errorResponse, HTTP_STATUS } from './status.ts';
export { httpStore } from './store.ts';

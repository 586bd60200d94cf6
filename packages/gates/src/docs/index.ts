export { type DocumentedOptions, undocumented } from './documented.ts';
export { checkGateReference, type ReferenceFileOptions, writeGateReference } from './file.ts';
export { gateReference, type ReferenceOptions } from './reference.ts';
export type { Way } from './ways.ts';

export { type CheckOptions, checkGates } from './check-gates.ts';
export type { GateCheck } from './judge.ts';

export type { CandidateStatus } from './candidate.ts';
export type { Difference, Facet } from './compare.ts';
export { formatShadow } from './format.ts';
export type { FlagComparison, LastMismatch, ShownAnswer } from './ledger.ts';
export type { Mismatch } from './mismatch.ts';
export type { ShadowOptions } from './options.ts';
export type { ShadowReport } from './report.ts';
export { type ShadowResolver, shadow } from './shadow.ts';
export type { Verdict } from './verdict.ts';

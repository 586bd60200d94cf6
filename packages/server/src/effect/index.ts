export type {
  Audience,
  Condition,
  Effect,
  EffectOptions,
  Move,
  Outcome,
  Predicate,
  Share,
  Stay,
  Summary,
} from './effect.ts';
export { effectOf } from './effect-of.ts';
export { formatEffect, formatOutcome } from './format.ts';

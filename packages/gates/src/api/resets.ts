import type { Mode } from './feature.ts';

/** Forgets what was set: all, or only what users have set. */
export type Reset = (only: Mode | undefined) => void;

/** How features are set back, for `@flagwright/gates/testing` alone: programs write once. */
export const RESETS: WeakMap<object, Reset> = new WeakMap();

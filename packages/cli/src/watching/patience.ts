import { FlagError } from '@flagwright/core';
import { ApiError } from '@flagwright/server/client';

/** Bounds of a pause, in ms: the first, the longest of its own accord, and the longest that a server may ask for. */
const FIRST = 1_000;
const MOST = 30_000;
const MOST_ASKED_FOR = 300_000;

/** Whether what was thrown may pass by itself: no server, too many requests, an error of the server. */
export function isTransient(thrown: unknown): boolean {
  if (thrown instanceof ApiError) return thrown.status === 429 || thrown.status >= 500;
  return thrown instanceof FlagError && thrown.code === 'UNAVAILABLE';
}

/** How long to wait, in ms, after so many failures in a row: twice as long each time, or as long as the server asks for. */
export function pauseAfter(failures: number, thrown: unknown): number {
  const own = Math.min(MOST, FIRST * 2 ** Math.min(failures - 1, 10));
  const asked = thrown instanceof ApiError ? thrown.members.retryAfter : undefined;
  return typeof asked === 'number' ? Math.max(own, Math.min(asked, MOST_ASKED_FOR)) : own;
}

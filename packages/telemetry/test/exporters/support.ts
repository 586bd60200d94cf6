import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagError } from '@flagwright/core';
import { onTestFinished } from 'vitest';

/** An event with a number, so that what is lost and what is doubled can be counted. */
export interface Numbered {
  readonly n: number;
  readonly user_key: string;
}

/** Events from one number up to before another. */
export function numbered(from: number, to: number, extra: object = {}): readonly Numbered[] {
  return Array.from({ length: to - from }, (_, i) => ({ n: from + i, user_key: `user-${(from + i) % 7}`, ...extra }));
}

/** Numbers from one up to before another. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** A new folder, gone when the test is. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-exporters-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A signal of somebody who waits for ever. */
export const patient: AbortSignal = new AbortController().signal;

/** What a promise rejects with. Throws if it does not. */
export async function failure(promise: Promise<unknown>): Promise<FlagError> {
  const nothing = {};
  const thrown = await promise.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (thrown === nothing) throw new Error('it was taken');
  return thrown as FlagError;
}

/** Whether a promise is decided after everything that could happen at once has happened. */
export async function isDecided(promise: Promise<unknown>): Promise<boolean> {
  let decided = false;
  const decide = (): void => {
    decided = true;
  };
  promise.then(decide, decide);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  return decided;
}

/** All that could be printed of an error. */
export function shown(error: Error): string {
  return `${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}${String(error.cause)}`;
}

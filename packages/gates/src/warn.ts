import { WARNING, warnThrown } from '@flagwright/core';
import type { ProgramOptions } from './declaration.ts';

/** More different warnings than this are not told: whoever asks for names without end must not fill the memory. */
const MOST_TOLD = 10_000;

/** Where a program wants its warnings: what it gave as `onWarning`, else process warnings. */
export function warnerOf({ onWarning }: Pick<ProgramOptions, 'onWarning'>): (message: string) => void {
  return onWarning ?? ((message) => process.emitWarning(message, WARNING));
}

/** Tells a warning that it has not told yet; `more` is added to it, and not asked for unless it is told. */
export type Tell = (message: string, more?: () => string) => void;

/** Tells each warning once. Whoever is told may throw: that is a process warning, and the caller goes on. */
export function tellOnce(program: string, emit: (message: string) => void): Tell {
  const told = new Set<string>();
  return (message, more) => {
    if (told.has(message) || told.size === MOST_TOLD) return;
    told.add(message);
    callBack(`onWarning of ${program}`, () => emit(message + (more?.() ?? '')));
  };
}

/** Calls somebody back. What is thrown, now or by the promise it returns, is a process warning, and the caller goes on. */
export function callBack(what: string, call: () => unknown): void {
  const warn = (thrown: unknown): void => warnThrown(what, thrown);
  try {
    void Promise.resolve(call()).catch(warn);
  } catch (thrown) {
    warn(thrown);
  }
}

/** As `warnerOf`, and whoever is told may throw: that is a process warning, and the caller goes on. */
export function guardedWarner(options: Pick<ProgramOptions, 'program' | 'onWarning'>): (message: string) => void {
  const emit = warnerOf(options);
  return (message) => callBack(`onWarning of ${options.program}`, () => emit(message));
}

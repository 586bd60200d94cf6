import { WARNING } from '@flagwright/core';
import type { ProgramOptions } from './declaration.ts';

/** Where a program wants its warnings: what it gave as `onWarning`, else process warnings. */
export function warnerOf({ onWarning }: ProgramOptions): (message: string) => void {
  return onWarning ?? ((message) => process.emitWarning(message, WARNING));
}

import { FlagError } from './error.ts';

/** The name of the process warnings this project emits. */
export const WARNING = 'FlagwrightWarning';

/** Something that was called back threw, and must not disturb what goes on: a process warning tells. */
export function warnThrown(what: string, thrown: unknown): void {
  process.emitWarning(`${what} threw: ${FlagError.from(thrown).message}`, WARNING);
}

/** A source that should give hints cannot: changes will be seen late, which nobody would notice otherwise. */
export function warnNoHints(source: string, { message }: FlagError, refreshInterval: number): void {
  process.emitWarning(
    `source ${source} gives no hints, so changes are seen within ${refreshInterval} ms: ${message}`,
    WARNING,
  );
}

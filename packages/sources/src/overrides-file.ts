import type { FlagSet, FlagSource, Issue } from '@flagwright/core';
import { FlagError, formatIssue, isRecord } from '@flagwright/core';
import { type FileOptions, fileSource } from './file.ts';
import { checkAllowed, type OverridesOptions } from './overrides.ts';

/**
 * Overrides from a file that may be missing, as `features.local.yaml`, which everybody keeps for himself and version
 * control ignores: a flag file of which only `overrides` is used, followed like any other. To be laid over the real
 * source: `overlay(source, overridesFile({ path: 'features.local.yaml' }))`.
 *
 * `read` throws what `fileSource` throws, but for `NOT_FOUND`, and `PARSE_ERROR` for a file with anything else in it.
 * Throws `FlagError('INVALID_ARGUMENT')` in production unless allowed.
 */
export function overridesFile(options: FileOptions & OverridesOptions): FlagSource {
  checkAllowed(options ?? {});
  const file = fileSource(options);
  return {
    ...file,
    name: 'overrides-file',
    async read(previous, signal) {
      try {
        return onlyOverrides(await file.read(previous, signal));
      } catch (error) {
        if (error instanceof FlagError && error.code === 'NOT_FOUND') return NO_OVERRIDES;
        throw error;
      }
    },
  };
}

const NO_OVERRIDES: FlagSet = Object.freeze({ document: Object.freeze({}), revision: 'overrides-file.none' });

function onlyOverrides(set: FlagSet): FlagSet {
  const strangers = Object.entries(set.document).filter(([name]) => name !== 'overrides' && name !== '$schema');
  // what a file that holds nothing is read as
  const [other] = strangers.filter(([name, value]) => name !== 'flags' || !isEmptyMap(value));
  if (other === undefined) return set;
  const path = [other[0]];
  const place = set.locate?.(path);
  const issue: Issue = {
    severity: 'error',
    code: 'not-an-override',
    path,
    message: 'this file holds overrides and nothing else',
    expected: '`overrides`, a map of flag key to value',
    hint: `write it under \`overrides:\``,
    ...(place === undefined ? {} : { place }),
  };
  throw new FlagError('PARSE_ERROR', formatIssue(issue), { issues: [issue] });
}

const isEmptyMap = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;

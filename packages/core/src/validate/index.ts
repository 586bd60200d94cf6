import { compile } from '../compile.ts';
import { FlagError } from '../error.ts';
import type { Issue, Path, Place } from '../issue.ts';

/**
 * Everything wrong or doubtful in a document, each with its path, what was expected and what to do; and its place, if
 * `locate` knows it (see `parseText`). Never throws, whatever it is given.
 */
export function validate(document: unknown, locate?: (path: Path) => Place | undefined): readonly Issue[] {
  try {
    return compile({ document: document as never, revision: 'validate.0', ...(locate === undefined ? {} : { locate }) })
      .issues;
  } catch (thrown) {
    const error = FlagError.from(thrown, 'PARSE_ERROR');
    if (error.issues.length > 0) return error.issues;
    return [{ severity: 'error', code: 'unreadable', path: [], message: error.message, expected: 'plain JSON' }];
  }
}

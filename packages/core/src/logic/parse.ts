import { FlagError } from '../error.ts';
import type { Issue } from '../issue.ts';
import { faultOffset } from './json-fault.ts';

/** Reads an expression written as JSON text; throws `PARSE_ERROR` telling the line and column of the fault. */
export function parseLogic(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const before = text.slice(0, faultOffset(text));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    const near = JSON.stringify(text.slice(before.length, before.length + 20));
    const what = before.length >= text.length ? 'the text ends too early' : `unexpected ${near}`;
    const message = `not JSON at line ${line}, column ${column}: ${what}`;
    const issue: Issue = {
      severity: 'error',
      code: 'invalid-json',
      path: [],
      message,
      expected: 'JSON',
      place: { line, column },
    };
    throw new FlagError('PARSE_ERROR', message, { cause, issues: [issue] });
  }
}

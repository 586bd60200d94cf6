import { describe, expect, it } from 'vitest';
import { jsonLogger, type Level, loggedError } from './log.ts';

describe('the log', () => {
  it('is a JSON object a line, with the time', () => {
    const lines: string[] = [];
    const log = jsonLogger({ write: (text) => lines.push(text) });
    log({ level: 'info', message: 'request', status: 200, subject: undefined });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","message":"request","status":200\}\n$/,
    );
  });

  it('has nothing in it that a terminal would obey', () => {
    const lines: string[] = [];
    const message = 'a\n\u001b[2J\u007f\u009b31m\u2028é';
    jsonLogger({ write: (text) => lines.push(text) })({ level: 'info', message });
    expect(lines[0]!.trimEnd()).not.toMatch(/\p{Cc}|\u2028/u);
    expect(JSON.parse(lines[0]!)).toMatchObject({ message });
  });

  it.each<[Level, readonly Level[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('leaves out what matters less than %s', (level, expected) => {
    const seen: unknown[] = [];
    const log = jsonLogger({ level, write: (text) => seen.push(JSON.parse(text).level) });
    for (const one of ['debug', 'info', 'warn', 'error'] as const) log({ level: one, message: '' });
    expect(seen).toEqual(expected);
  });

  it('shows errors with what is below them', () => {
    const error = Object.assign(new Error('above', { cause: new TypeError('below') }), { code: 'E1' });
    expect(loggedError(error)).toMatchObject({
      name: 'Error',
      message: 'above; caused by TypeError: below',
      code: 'E1',
    });
    expect(loggedError('secret')).toEqual({ name: 'unknown', message: 'a string was thrown' });
  });
});

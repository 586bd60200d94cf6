import { Writable } from 'node:stream';
import { until } from '@flagwright/test-servers';
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

  it('drops what a broken stream does not take, and says how much when it works again', async () => {
    const taken: string[] = [];
    let broken = true;
    // it survives its errors, as the standard streams of a process do, and no other
    const stream = {
      writableLength: 0,
      on: () => undefined,
      write(text: string, done: (error?: Error | null) => void) {
        if (!broken) taken.push(text);
        queueMicrotask(() => done(broken ? new Error('ENOSPC') : null));
      },
    };
    const log = jsonLogger({ stream });
    for (let i = 0; i < 3; i++) {
      log({ level: 'info', message: `lost ${i}` });
      await until('it failed', () => log.dropped?.() === i + 1);
    }
    broken = false;
    log({ level: 'info', message: 'kept' });
    log({ level: 'info', message: 'kept, too' });
    await until('they are written', () => taken.length === 2);
    const messages = taken
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual(['the log could not be written for a while: 3 lines were dropped', 'kept', 'kept, too']);
    expect(log.dropped?.()).toBe(3);
  });

  it('keeps no more than so much for a stream that takes nothing', async () => {
    let release: () => void = () => undefined;
    const taken: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write(text: string, _, done) {
        taken.push(text);
        if (taken.length === 1) release = done;
        else done();
      },
    });
    const log = jsonLogger({ stream });
    const message = 'x'.repeat(10_000);
    for (let i = 0; i < 1_000; i++) log({ level: 'info', message });
    expect(stream.writableLength).toBeLessThan(1_100_000);
    const dropped = log.dropped?.() ?? 0;
    expect(dropped).toBeGreaterThan(890);
    release();
    await until('it is read', () => stream.writableLength === 0);
    log({ level: 'info', message: 'again' });
    expect(taken.at(-1)).toContain(`${dropped} lines were dropped`);
    expect(
      taken
        .at(-1)!
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).message)
        .at(-1),
    ).toBe('again');
  });
});

import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { eventParser, type StreamEvent } from './event-parser.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The events of a stream that comes in these pieces, as `type:data`. */
function events(...chunks: readonly Uint8Array[]): readonly string[] {
  const seen: StreamEvent[] = [];
  const parse = eventParser((event) => seen.push(event));
  for (const chunk of chunks) parse(chunk);
  return seen.map(({ type, data }) => `${type}:${data}`);
}

describe('the events of a stream', () => {
  it.each<[string, readonly string[]]>([
    ['data: a\n\n', ['message:a']],
    ['data:a\n\n', ['message:a']],
    ['data:  a\n\n', ['message: a']],
    ['event: changed\ndata: 1\n\n', ['changed:1']],
    ['data: 1\nevent: changed\n\n', ['changed:1']],
    ['event: a\nevent: b\ndata: 1\n\n', ['b:1']],
    ['event: a\ndata: 1\n\ndata: 2\n\n', ['a:1', 'message:2']],
    ['data: a\ndata: b\ndata\ndata:\n\n', ['message:a\nb\n\n']],
    ['data\n\n', ['message:']],
    ['data:\n\n', ['message:']],
    ['event: a\n\ndata: 1\n\n', ['message:1']],
    [': comment\n\n:\n\n', []],
    [': data: a\n\n', []],
    ['id: 1\nretry: 5\ndata: a\n\n', ['message:a']],
    ['Data: a\n\n data: b\n\n', []],
    ['dataa: x\n\n', []],
    ['data: a: b\n\n', ['message:a: b']],
    ['data: a', []],
    ['data: a\n', []],
    ['\n\n\n', []],
    ['data: a\r\rdata: b\r\r', ['message:a', 'message:b']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['message:a', 'message:b']],
    ['data: a\n\rdata: b\r\n\n', ['message:a', 'message:b']],
    ['\ufeffdata: a\n\n', ['message:a']],
    ['\ufeff\ufeffdata: a\n\n', []],
    ['data: \ufeff\n\n', ['message:\ufeff']],
    ['event: é\ndata: 日本 😀\n\n', ['é:日本 😀']],
    ['data: \0\n\n', ['message:\0']],
  ])('in %j', (text, expected) => {
    const bytes = encode(text);
    expect(events(bytes)).toEqual(expected);
    // cut in two anywhere, and into single bytes: nothing may depend on how it comes
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(events(bytes.slice(0, cut), bytes.slice(cut)), `cut at ${cut}`).toEqual(expected);
    }
    expect(events(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it('survive bytes that are no UTF-8', () => {
    expect(events(Uint8Array.of(0xff, 0xfe), encode('\ndata: a\n\n'))).toEqual(['message:a']);
  });
});

describe('bounds', () => {
  const bounded = (text: string, size = text.length) => {
    const parse = eventParser(() => undefined, 100);
    const bytes = encode(text);
    for (let i = 0; i < bytes.length; i += size) parse(bytes.slice(i, i + size));
  };

  it.each([1, 7, 1_000])('a line has an end, in pieces of %i bytes', (size) => {
    expect(() => bounded(`data: ${'x'.repeat(94)}\n\n`, size)).not.toThrow();
    expect(() => bounded(`data: ${'x'.repeat(95)}`, size)).toThrow(FlagError);
    expect(() => bounded(`:${'x'.repeat(100)}\n`, size)).toThrow(FlagError);
  });

  it('so have the data of one event, of many lines', () => {
    expect(() => bounded('data: xxxxxxxxx\n'.repeat(10))).not.toThrow();
    expect(() => bounded('data: xxxxxxxxx\n'.repeat(11))).toThrow(FlagError);
    expect(() => bounded('data: xxxxxxxxx\n\n'.repeat(50))).not.toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { escapeText, names, revisionOf, tagOf, unescapeText } from './revision.ts';

const REVISIONS = [
  '',
  '0',
  '1a2b3c4d.12',
  'a+b%2B',
  'a b',
  '"',
  '\\',
  '%',
  '%0041',
  '~',
  '~a',
  '~%0041',
  'W/"a"',
  'a,b',
  '*',
  'é',
  'ÿ',
  '日本語',
  '😀',
  '\ud83d',
  '\ude00\ud83d',
  '\0',
  '\r\n',
  '\u007f',
  '\u2028',
  'x'.repeat(10_000),
];

describe('an entity tag', () => {
  it.each(REVISIONS)('of %j gives the revision back', (revision) => {
    const tag = tagOf(revision);
    expect(tag).toMatch(/^"[!#-~]*"$/);
    expect(revisionOf(tag)).toBe(revision);
    expect(revisionOf(`W/${tag}`)).toBe(revision);
    expect(new Headers({ etag: tag }).get('etag')).toBe(tag);
    expect(names(tag, tag)).toBe(true);
  });

  it('of any two revisions differ', () => {
    expect(new Set(REVISIONS.map(tagOf)).size).toBe(REVISIONS.length);
  });

  it('of every UTF-16 code unit gives it back', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const revision = `a${String.fromCharCode(unit)}`;
      if (unescapeText(escapeText(revision)) !== revision) expect.fail(`code unit ${unit}`);
    }
  });

  it('is left plain where it can be', () => {
    expect(tagOf('1a2b3c4d.12+x%2B')).toBe('"1a2b3c4d.12+x%2B"');
  });

  it.each([
    ['"~x"', '~x'],
    ['"~%0041"', '~%0041'],
    ['"~%zz"', '~%zz'],
    ['W/"65a1-1f4"', '65a1-1f4'],
    [' "a" ', 'a'],
    ['"é"', 'é'],
  ])('of another server, %s, is the revision %j', (tag, revision) => {
    expect(revisionOf(tag)).toBe(revision);
  });

  it.each([null, '', '""', 'W/""', 'abc', '"', '"a', 'a"', '"a"b"', 'w/"a"', '"a", "b"'])(
    'that is malformed, %j, is none',
    (tag) => {
      expect(revisionOf(tag)).toBeUndefined();
    },
  );
});

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    ['"b","a" , "c"', true],
    ['*', true],
    [' * ', true],
    ['"*"', false],
    ['"b"', false],
    ['"aa"', false],
    ['a', false],
    ['', false],
    [null, false],
  ])('%j names "a": %j', (header, expected) => {
    expect(names(header, '"a"')).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import type { Field, Fields } from './field.ts';
import { orderOf } from './order.ts';

const FIELDS: Fields = new Map<string, Field>([
  ['id', { sql: 'id', type: 'text' }],
  ['size', { sql: `(spec ->> 'size')::numeric`, type: 'number' }],
  ['secret', { sql: 'secret', type: 'text', sortable: false }],
  ['tags', { sql: 'tags', type: 'texts' }],
  ['modificationInfo.lastModifiedTime', { sql: 'modified_at', type: 'time' }],
  ['modificationInfo.createdTime', { sql: 'created_at', type: 'time' }],
  ...Array.from({ length: 11 }, (_, i): [string, Field] => [`f${i}`, { sql: `f${i}`, type: 'number' }]),
]);
const TIE = ['project collate "C"', 'id collate "C"'];
const ID = 'lower(lower((id) collate "C") collate "default") collate "C"';

function problemOf(text: string): Problem {
  try {
    orderOf(text, FIELDS, TIE);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    return thrown as Problem;
  }
  throw new Error(`${JSON.stringify(text)} is taken`);
}

describe('orderOf', () => {
  it.each([undefined, '', '  '])('is the tie-break if nothing is asked for: %j', (text) => {
    expect(orderOf(text, FIELDS, TIE)).toBe('project collate "C", id collate "C"');
  });

  it.each([
    ['modificationInfo.lastModifiedTime', '(modified_at) asc nulls last'],
    ['-modificationInfo.createdTime', '(created_at) desc nulls last'],
    ['size desc', `((spec ->> 'size')::numeric) desc nulls last`],
    ['  size   ASC ', `((spec ->> 'size')::numeric) asc nulls last`],
    ['id', `${ID} asc nulls last`],
    ['-id,size', `${ID} desc nulls last, ((spec ->> 'size')::numeric) asc nulls last`],
    ['f0 , f1 desc,\t-f2', '(f0) asc nulls last, (f1) desc nulls last, (f2) desc nulls last'],
  ])('makes of %j: %s', (text, sql) => {
    expect(orderOf(text, FIELDS, ['tie'])).toBe(`${sql}, tie`);
  });

  it.each<[text: string, column: number | undefined, message: string, hint?: string]>([
    ['sise', 1, '"sise" is no field here; expected one of id, size, modificationInfo', 'did you mean size?'],
    ['id, -createdTime', 6, '"createdTime" is no field', 'did you mean modificationInfo.createdTime?'],
    ['secret', 1, '"secret" is not for sorting; expected one of id, size'],
    ['tags', 1, '"tags" is not for sorting'],
    ['__proto__', 1, '"__proto__" is no field'],
    ['id; drop table x', 5, '"drop table x" does not fit here'],
    ['id;drop', 1, '"id;drop" is no field'],
    ['id,,size', 4, '"," does not fit here; expected a field'],
    [',id', 1, '"," does not fit here'],
    ['id,', 4, 'the sort ends too early; expected a field'],
    ['-', 1, '"-" does not fit here; expected a field'],
    ['- id', 1, '"- id" does not fit here'],
    ['--id', 2, '"-id" is no field', 'did you mean id?'],
    ['id down', 4, '"down" does not fit here; expected asc, desc, or a comma'],
    ['id desc asc', 4, '"desc asc" does not fit here'],
    ['id size', 4, '"size" does not fit here'],
    ['-id desc', 5, '"desc" and a minus are two directions; expected one of the two'],
    ['id,size,-id', 10, '"id" is there twice; expected each field once'],
    ['f0,f1,f2,f3,f4,f5,f6,f7,f8,f9,f10', 31, '"f10" is too much; expected at most 10 fields'],
    ['i\0d', 1, 'has a NUL character'],
    ['id \ud800', 1, 'has half of a surrogate pair'],
    ['x'.repeat(2_001), undefined, 'has 2001 characters; expected at most 2000'],
  ])('refuses %j', (text, column, message, hint) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('INVALID_ARGUMENT');
    expect(problem.members).toEqual({ parameter: 'sort', ...(column === undefined ? {} : { column }) });
    expect(problem.message).toContain(column === undefined ? 'the sort' : `the sort is wrong at column ${column}: `);
    expect(problem.message).toContain(message);
    if (hint !== undefined) expect(problem.hint).toContain(hint);
  });
});

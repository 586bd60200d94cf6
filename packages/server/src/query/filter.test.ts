import { describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import type { Field, Fields } from './field.ts';
import { filterOf } from './filter.ts';

const FIELDS: Fields = new Map([
  ['id', { sql: 'id', type: 'text' }],
  ['name', { sql: `spec ->> 'name'`, type: 'text' }],
  ['enabled', { sql: `(spec ->> 'enabled')::boolean`, type: 'boolean' }],
  ['size', { sql: 'size', type: 'number' }],
  ['version', { sql: 'version', type: 'version' }],
  ['tags', { sql: `spec -> 'tags'`, type: 'texts' }],
  ['modificationInfo.createdTime', { sql: 'created_at', type: 'time' }],
]);

const conditionOf = (text: string, first = 1) => filterOf(text, FIELDS, first);

function problemOf(text: string, fields: Fields = FIELDS): Problem {
  try {
    filterOf(text, fields, 1);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    return thrown as Problem;
  }
  throw new Error(`${JSON.stringify(text)} is taken`);
}

describe('filterOf', () => {
  it.each(['', '  ', '\t\n\u00a0'])('wants everything when it is blank: %j', (text) => {
    expect(conditionOf(text)).toEqual({ sql: 'true', values: [] });
  });

  it('says the whole condition once', () => {
    expect(conditionOf('id=a and not enabled = true')).toEqual({
      sql:
        '(((id) is not null and (id) = $1::text) and ' +
        `(not (((spec ->> 'enabled')::boolean) is not null and ((spec ->> 'enabled')::boolean) = $2::boolean)))`,
      values: ['a', true],
    });
  });

  it('numbers placeholders from where the statement has come', () => {
    const { sql, values } = conditionOf('id in (a, b) or size<3', 4);
    expect(sql.match(/\$\d+/g)).toEqual(['$4', '$5', '$6']);
    expect(values).toEqual(['a', 'b', '3']);
  });

  it.each([
    ['id=a or id=b and id=c', 'id=a or (id=b and id=c)', '(id=a or id=b) and id=c'],
    ['id=a and id=b or id=c', '(id=a and id=b) or id=c', 'id=a and (id=b or id=c)'],
    ['not id=a and id=b', '(not id=a) and id=b', 'not (id=a and id=b)'],
    ['not id=a or id=b', '(not (id=a)) or (id=b)', 'not (id=a or id=b)'],
    ['not not id=a', 'not (not (id=a))', 'not id=a'],
    ['id=a AND id=b Or Not id=c', 'id=a and id=b or not id=c', 'id=a or id=b and not id=c'],
    ['id Not IN(a,b)', ' id\tnot in\n( a , b ) ', 'id in (a,b)'],
    ['id!=a', 'not id=a', 'id=a'],
    ['name!~a', 'not name~a', 'name~a'],
    ['id not in (a)', 'not id in (a)', 'id in (a)'],
    ['id = NULL', 'id=null', 'id="null"'],
    ['id != null', 'not id=null', 'id != "null"'],
    ['id="a"', "id='a'", 'id="A"'],
  ])('reads %s as %s', (text, same, other) => {
    expect(conditionOf(text)).toEqual(conditionOf(same));
    expect(conditionOf(text)).not.toEqual(conditionOf(other));
  });

  it.each([
    ['id=null', '((id) is null)'],
    ['id in (a, b)', '((id) is not null and (id) in ($1::text, $2::text))'],
    ['id<=a', '((id) is not null and (id) collate "C" <= $1::text)'],
    ['size>1', '((size) is not null and (size) > $1::numeric)'],
    ['version=1', '((version) is not null and (version) = $1::bigint)'],
  ])('makes of %s: %s', (text, sql) => {
    expect(conditionOf(text).sql).toBe(sql);
  });

  it.each<[string, readonly unknown[]]>([
    ['name~checkout', ['checkout']],
    ['name = my-app.v2/x:y@z+1', ['my-app.v2/x:y@z+1']],
    ['name=100%', ['100%']],
    ['name=a\\b', ['a\\b']],
    ['name="two words"', ['two words']],
    [`name='it"s'`, ['it"s']],
    [`name='it\\'s'`, ["it's"]],
    ['name="a\\\\b\\n\\t\\r\\"\\u00e9\\ud83d\\ude00"', ['a\\b\n\t\r"é😀']],
    ['name=""', ['']],
    ['name="null"', ['null']],
    ['name="and"', ['and']],
    ['name=in or name in (in, IN)', ['in', 'in', 'IN']],
    ['name=😀', ['😀']],
    ['name in ("a,b", \'(c)\')', ['a,b', '(c)']],
    ["name='$1; drop table x'", ['$1; drop table x']],
    ['name=__proto__', ['__proto__']],
    ['enabled=TRUE', [true]],
    ['enabled!="false"', [false]],
    ['enabled in (true, F)', [true, false]],
    ['size>=-1.50', ['-1.5']],
    ['size=1e3', ['1000']],
    ['size=-0', ['0']],
    ['size=1e300', ['1e+300']],
    ['version>9223372036854775806', ['9223372036854775806']],
    ['modificationInfo.createdTime<2026-01-31T10:30:00+01:00', ['2026-01-31T09:30:00.000Z']],
    ['modificationInfo.createdTime=2026-01-31t09:30:00.1239z', ['2026-01-31T09:30:00.123Z']],
    ['tags=red or tags~blu', ['red', 'blu']],
  ])('takes the values of %s', (text, values) => {
    expect(conditionOf(text).values).toEqual(values);
  });

  it.each<[string, readonly unknown[]]>([
    ['name~checkout', ['checkout']],
    ['type=BOOLEAN', ['BOOLEAN']],
    ['enabled=true', [true]],
    ['projectId=my-app and stageId=production', ['my-app', 'production']],
    ['featureFlagId=my-flag', ['my-flag']],
  ])('takes %s, as people write it', (text, values) => {
    const texts = ['type', 'projectId', 'stageId', 'featureFlagId'];
    const fields: Fields = new Map<string, Field>([
      ...FIELDS,
      ...texts.map((name): [string, Field] => [name, { sql: name, type: 'text' }]),
    ]);
    expect(filterOf(text, fields, 1).values).toEqual(values);
  });

  const nested = (depth: number): string => `${'('.repeat(depth)}id=a${')'.repeat(depth)}`;
  const listed = (count: number): string => `id in (${Array.from({ length: count }, (_, i) => i).join(',')})`;
  const joined = (count: number): string => Array.from({ length: count }, () => 'id=a').join(' or ');

  it.each([nested(50), `${'not '.repeat(50)}id=a`, listed(200), joined(100), `id="${'x'.repeat(1_995)}"`])(
    'takes what is just within bounds',
    (text) => {
      expect(conditionOf(text).values.length).toBeGreaterThan(0);
    },
  );

  it.each<[text: string, column: number | undefined, message: string, hint?: string]>([
    // too much
    [nested(51), 51, '"(" is one level too deep; expected at most 50'],
    [`${'not '.repeat(51)}id=a`, 201, '"not" is one level too deep'],
    [`${'('.repeat(2_000)}`, 51, 'too deep'],
    [listed(201), 698, '"200" is one value of a list too many; expected at most 200'],
    [joined(101), 801, '"id" is one comparison too many; expected at most 100'],
    [`id=${'x'.repeat(1_998)}`, undefined, 'has 2001 characters; expected at most 2000'],
    // fields
    ['nam=a', 1, '"nam" is no field here; expected one of id, name,', 'did you mean name?'],
    ['id=a and createdTime=b', 10, '"createdTime" is no field', 'did you mean modificationInfo.createdTime?'],
    ['ID=a', 1, '"ID" is no field', 'did you mean id?'],
    ['__proto__=a', 1, '"__proto__" is no field'],
    ['constructor=a', 1, '"constructor" is no field'],
    [`"id"=a`, 1, '"id" does not fit here; expected a field, not, or ('],
    ['id;drop=a', 1, '"id;drop" is no field'],
    // operators
    ['id==a', 3, '"==" is no operator; expected one of = != ~', 'for equality write ='],
    ['id <> a', 4, '"<>" is no operator', 'write !='],
    ['id=~a', 3, '"=~" is no operator', 'write ~'],
    ['id~=a', 3, '"~=" is no operator', 'write ~'],
    ['id=!a', 3, '"=!" is no operator', 'in quotes'],
    ['!id=a', 1, '"!" is no operator', 'write not'],
    ['id like a', 4, '"like" does not fit here; expected one of = !=', 'for "contains" write ~'],
    ['id is null', 4, '"is" does not fit', '= null'],
    ['id', 3, 'the filter ends too early; expected one of = !='],
    ['enabled', 8, 'ends too early', 'name=value'],
    ['id not a', 8, '"a" does not fit here; expected in'],
    ['enabled~true', 8, '"~" does not go with enabled, which is a boolean; expected one of =, !=, in, not in'],
    ['tags<a', 5, '"<" does not go with tags, which is a list of texts'],
    ['version!~1', 8, '"!~" does not go with version, which is a version'],
    // values
    ['id=', 4, 'ends too early; expected a value', '""'],
    ['id=)', 4, '")" does not fit here; expected a value'],
    ['id=and', 4, '"and" does not fit here; expected a value', 'write "and"'],
    ['id=a=b', 5, '"=" does not fit here; expected and, or, or the end', 'in quotes'],
    ['id=a b', 6, '"b" does not fit here; expected and, or, or the end', 'in quotes'],
    ['id=a && id=b', 6, '"&&" does not fit here', 'write and'],
    ['id=a || id=b', 6, '"||" does not fit here', 'write or'],
    ['id=a,b', 5, '"," does not fit here'],
    ['id~null', 4, '"null" goes with = and != only; expected a text', '"null"'],
    ['id in (a, null)', 11, '"null" goes with = and != only'],
    ['size<null', 6, '"null" goes with = and != only'],
    ['enabled=yes', 9, '"yes" is not a boolean; expected true or false'],
    ['size=ten', 6, '"ten" is not a number; expected a number'],
    ['size=1e999', 6, '"1e999" is not a number'],
    ['size=NaN', 6, '"NaN" is not a number'],
    ['size=0x10', 6, '"0x10" is not a number'],
    ['size=""', 6, '"" is not a number'],
    ['version=9223372036854775808', 9, 'is not a version'],
    ['version=-1', 9, '"-1" is not a version'],
    ['modificationInfo.createdTime>2026-01-31', 30, '"2026-01-31" is not a time; expected a time of RFC 3339'],
    ['modificationInfo.createdTime>2026-02-30T00:00:00Z', 30, 'is not a time'],
    ['modificationInfo.createdTime>0000-01-01T00:00:00Z', 30, 'is not a time'],
    ['modificationInfo.createdTime>9999-12-31T23:59:59-01:00', 30, 'is not a time'],
    // lists and parentheses
    ['id in a', 7, '"a" does not fit here; expected ( and a list'],
    ['id in ()', 8, '")" does not fit here; expected a value'],
    ['id in (a,)', 10, '")" does not fit here; expected a value'],
    ['id in (a b)', 10, '"b" does not fit here; expected a comma or a closing )'],
    ['id in (a', 9, 'ends too early; expected a comma or a closing )'],
    ['(id=a', 6, 'ends too early; expected and, or, or a closing )'],
    ['id=a)', 5, '")" does not fit here; expected and, or, or the end'],
    ['()', 2, '")" does not fit here; expected a field'],
    ['and', 1, '"and" does not fit here; expected a field'],
    ['id=a and', 9, 'ends too early; expected a field'],
    ['id=a or or id=b', 9, '"or" does not fit here; expected a field'],
    // quotes and characters
    ['id="a', 6, 'ends too early; expected a closing "', '\\"'],
    [`id=it's`, 8, `ends too early; expected a closing '`],
    ['id="\\x"', 5, 'is no escape; expected one of', '\\\\'],
    ['id="\\u12"', 5, 'is no escape'],
    ['id="a\\', 6, 'is no escape'],
    ['id=“a”', 4, 'begins with a curly quotation mark; expected straight ones'],
    ['id=a\0', 4, 'has a NUL character'],
    ['id="\\u0000"', 4, 'has a NUL character'],
    ['id="\ud800"', 4, 'has half of a surrogate pair'],
    ['id="\\udc00\\ud800"', 4, 'has half of a surrogate pair'],
    ['\ud800=a', 1, 'has half of a surrogate pair'],
    // columns count characters
    ['name="😀😀" x', 11, '"x" does not fit'],
    // the first of several is told
    ['id=a b "', 6, '"b" does not fit here'],
  ])('refuses %j', (text, column, message, hint) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('INVALID_ARGUMENT');
    expect(problem.members).toEqual({ parameter: 'filter', ...(column === undefined ? {} : { column }) });
    const where = column === undefined ? 'the filter ' : `the filter is wrong at column ${column}: `;
    expect(problem.message.slice(0, where.length)).toBe(where);
    expect(problem.message).toContain(message);
    if (hint !== undefined) expect(problem.hint).toContain(hint);
  });

  it('shows little of a long text that is wrong', () => {
    expect(problemOf(`size=${'9'.repeat(1_900)}`).message.length).toBeLessThan(200);
    expect(problemOf(`${'n'.repeat(1_900)}=a`).message.length).toBeLessThan(250);
  });

  it.each(['('.repeat(2_000), '"\\\\'.repeat(600), '='.repeat(2_000), 'a '.repeat(1_000), '\\'.repeat(2_000)])(
    'is done with hostile text at once',
    (text) => {
      expect(problemOf(text).code).toBe('INVALID_ARGUMENT');
    },
  );

  it('has no fields but those given', () => {
    expect(problemOf('toString=a', new Map()).message).toContain('"toString" is no field');
  });
});

import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import type { GateSetting } from '../layer.ts';
import { parseFeatures, parseGateList, parseGateNames } from './list.ts';

const plain = (settings: readonly GateSetting[]) => settings.map(({ name, enabled }) => [name, enabled]);

describe('a list as Kubernetes has it', () => {
  it.each<[string, readonly (readonly [string, boolean])[]]>([
    ['', []],
    [' ', []],
    [',,', []],
    ['A=true', [['A', true]]],
    [
      'A=true,B=false',
      [
        ['A', true],
        ['B', false],
      ],
    ],
    [
      ' A = true ,\n B=false , ',
      [
        ['A', true],
        ['B', false],
      ],
    ],
    [
      ',A=true,,B=false,',
      [
        ['A', true],
        ['B', false],
      ],
    ],
    [
      'A=1,B=t,C=T,D=TRUE,E=true,F=True',
      [
        ['A', true],
        ['B', true],
        ['C', true],
        ['D', true],
        ['E', true],
        ['F', true],
      ],
    ],
    [
      'A=0,B=f,C=F,D=FALSE,E=false,F=False',
      [
        ['A', false],
        ['B', false],
        ['C', false],
        ['D', false],
        ['E', false],
        ['F', false],
      ],
    ],
    [
      'AllAlpha=true,A=false',
      [
        ['AllAlpha', true],
        ['A', false],
      ],
    ],
    ['feature.A=true', [['feature.A', true]]],
    [
      'a=true,A=true',
      [
        ['a', true],
        ['A', true],
      ],
    ],
    [
      '__proto__=true,constructor=true',
      [
        ['__proto__', true],
        ['constructor', true],
      ],
    ],
    // the registry is told of both, and finds the quarrel
    [
      'A=true,A=false',
      [
        ['A', true],
        ['A', false],
      ],
    ],
  ])('%j', (text, settings) => {
    expect(plain(parseGateList(text, '--feature-gates'))).toEqual(settings);
  });

  it('says who set it', () => {
    expect(parseGateList('A=true', 'ZARF_FEATURE_GATES')).toEqual([
      { name: 'A', enabled: true, from: 'ZARF_FEATURE_GATES' },
    ]);
  });

  it.each([
    ['A', 'missing bool value for A'],
    ['A=true, B ', 'missing bool value for B'],
    ['A=', 'invalid value of A=, err: strconv.ParseBool: parsing "": invalid syntax'],
    ['A=banana', 'invalid value of A=banana, err: strconv.ParseBool: parsing "banana": invalid syntax'],
    ['A=yes', 'invalid value of A=yes, err: strconv.ParseBool: parsing "yes": invalid syntax'],
    ['A=tRUE', 'invalid value of A=tRUE, err: strconv.ParseBool: parsing "tRUE": invalid syntax'],
    ['A=true=false', 'invalid value of A=true=false, err: strconv.ParseBool: parsing "true=false": invalid syntax'],
    [
      'A=true;B=false',
      'invalid value of A=true;B=false, err: strconv.ParseBool: parsing "true;B=false": invalid syntax',
    ],
    ['=true', 'missing name before =true'],
  ])('%j: %s', (text, message) => {
    const error = thrownBy(() => parseGateList(text, '--feature-gates'));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toBe(`${message} (set by --feature-gates)`);
  });

  it('tells every problem at once', () => {
    const { issues } = thrownBy(() => parseGateList('A,B=true,C=maybe,=1', 'x'));
    expect(issues.map(({ code, path }) => [code, ...path])).toEqual([
      ['missing-value', 'A'],
      ['not-a-boolean', 'C'],
      ['missing-name'],
    ]);
  });

  it('refuses what is too long, and shows long values shortened and problems counted', () => {
    expect(thrownBy(() => parseGateList('A=true,'.repeat(10_000), 'x')).code).toBe('TOO_LARGE');
    expect(thrownBy(() => parseFeatures(`{"a":"${'x'.repeat(70_000)}"}`, 'x')).code).toBe('TOO_LARGE');
    expect(thrownBy(() => parseGateNames('x'.repeat(70_000), true, 'x')).code).toBe('TOO_LARGE');
    expect(thrownBy(() => parseGateList(`A=${'x'.repeat(60_000)}`, 'x')).message.length).toBeLessThan(400);
    const many = thrownBy(() => parseGateList('A,'.repeat(1_000), 'x'));
    expect(many.issues).toHaveLength(1_000);
    expect(many.message).toContain('and 980 more');
  });
});

describe('features as Zarf has them', () => {
  it.each<[string, readonly (readonly [string, boolean])[]]>([
    ['', []],
    ['a=true', [['a', true]]],
    [
      'foo=true,bar=false',
      [
        ['foo', true],
        ['bar', false],
      ],
    ],
    ['axolotl-mode=1', [['axolotl-mode', true]]],
    ['{}', []],
    ['{"axolotl-mode":"true"}', [['axolotl-mode', true]]],
    [
      ' {"a": true, "b": "F", "c": false} ',
      [
        ['a', true],
        ['b', false],
        ['c', false],
      ],
    ],
    ['{"a": null, "b": true}', [['b', true]]],
    ['{"__proto__": true}', [['__proto__', true]]],
  ])('%j', (text, settings) => {
    expect(plain(parseFeatures(text, '--features'))).toEqual(settings);
  });

  it.each([
    ['a=banana', 'unable to parse feature value: banana into bool for key: a'],
    ['a=', 'unable to parse feature value:  into bool for key: a'],
    ['a', 'a must be formatted as key=value'],
    ['{"a":"banana"}', 'unable to parse feature value: banana into bool for key: a'],
    ['{"a":" true"}', 'unable to parse feature value:  true into bool for key: a'],
    ['{"a":""}', 'unable to parse feature value:  into bool for key: a'],
    ['{"a":1}', 'unable to parse feature value: 1 into bool for key: a'],
    ['{"a":{"enabled":true}}', 'unable to parse feature value: {"enabled":true} into bool for key: a'],
    ['{"a":[]}', 'unable to parse feature value: [] into bool for key: a'],
    ['{"a":true,"a":false}', 'the key a is there twice'],
    ['{"a":true,"\\u0061":false}', 'the key a is there twice'],
    ['{"a":true', 'this is no JSON object; expected one like {"name":"true"}, or name=true,other=false'],
    ['{a:true}', 'this is no JSON object; expected one like {"name":"true"}, or name=true,other=false'],
    ['["a"]', '["a"] must be formatted as key=value'],
  ])('%j: %s', (text, message) => {
    const error = thrownBy(() => parseFeatures(text, 'ZARF_FEATURES'));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toBe(`${message} (set by ZARF_FEATURES)`);
  });

  it('takes no text for a key, and no key of another object', () => {
    const { issues } = thrownBy(() => parseFeatures('{"a":"a\\":","b":{"a":1,"c":2,"c":3},"c":"b"}', 'x'));
    expect(issues.map(({ code, path }) => [code, ...path])).toEqual([
      ['not-a-boolean', 'a'],
      ['not-a-boolean', 'b'],
      ['not-a-boolean', 'c'],
    ]);
  });
});

describe('a list of names', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['Foo', ['Foo']],
    ['Foo,Bar,Baz', ['Foo', 'Bar', 'Baz']],
    [' Foo , Bar,,', ['Foo', 'Bar']],
    ['feature.storage.ceph', ['feature.storage.ceph']],
  ])('%j', (text, names) => {
    for (const enabled of [true, false]) {
      expect(plain(parseGateNames(text, enabled, 'x'))).toEqual(names.map((name) => [name, enabled]));
    }
  });

  it('takes no values', () => {
    const error = thrownBy(() => parseGateNames('Foo,Bar=true', false, '--feature-disable'));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues).toMatchObject([{ code: 'name-with-value', path: ['Bar=true'] }]);
    expect(error.message).toContain('--feature-disable');
  });
});

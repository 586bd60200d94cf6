import type { FlagDefinition } from '@flagwright/core';
import { compile, evaluate } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import type { EnvOptions } from './env.ts';
import { envSource } from './env.ts';

type Env = Readonly<Record<string, string | undefined>>;

async function flagsOf(env: Env, options: EnvOptions = {}): Promise<Record<string, unknown>> {
  const { document } = await envSource({ env, ...options }).read();
  const flags = document.flags as ReadonlyMap<string, FlagDefinition> | Record<string, FlagDefinition>;
  const entries = flags instanceof Map ? [...flags] : Object.entries(flags);
  return Object.fromEntries(entries.map(([key, definition]) => [key, definition.default]));
}

const valueIn = async (text: string): Promise<unknown> => (await flagsOf({ FEATURE_FLAG_A: text })).a;

describe('names', () => {
  it.each([
    ['FEATURE_FLAG_NEW_CHECKOUT', 'new-checkout'],
    ['FEATURE_FLAG_A', 'a'],
    ['FEATURE_FLAG_V2_UI', 'v2-ui'],
    ['FEATURE_FLAG_SHOP__NEW_CART', 'shop.new-cart'],
    ['FEATURE_FLAG_newCheckout', 'newCheckout'],
    ['FEATURE_FLAG_old_cart', 'old_cart'],
    ['FEATURE_FLAG_new-checkout', 'new-checkout'],
    ['FEATURE_FLAG___PROTO__', '.proto.'],
    ['FEATURE_FLAG___proto__', '__proto__'],
  ])('%s is %s', async (variable, key) => {
    expect(Object.keys(await flagsOf({ [variable]: 'x' }))).toEqual([key]);
  });

  it('the variables of the configuration are no flags', async () => {
    const env = {
      FEATURE_PROVIDER: 'file',
      FEATURE_FILE_PATH: 'x',
      FEATURE_STAGE: 'a',
      FEATURE_METRICS_ENABLED: '1',
      FEATURE_FLAGS: '{}',
      FEATURE_NEW: '1',
      PATH: 'x',
    };
    expect(await flagsOf(env)).toEqual({});
    expect(await flagsOf(env, { prefix: 'FEATURE_' })).toEqual({ new: true });
  });

  it('a prefix and a document variable of one’s own', async () => {
    const env = { MY_ALL: '{"a": 1}', MY_B: '2', FEATURE_FLAG_C: '3' };
    expect(await flagsOf(env, { prefix: 'MY_', documentVariable: 'MY_ALL' })).toEqual({ a: 1, b: 2 });
    expect(() => envSource({ prefix: '' })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('two variables for one flag, or for none, are an error', async () => {
    await expect(flagsOf({ FEATURE_FLAG_A_B: '1', 'FEATURE_FLAG_a-b': '0' })).rejects.toMatchObject({
      code: 'PARSE_ERROR',
    });
    await expect(flagsOf({ FEATURE_FLAG_: '1' })).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  });
});

describe('values', () => {
  it.each<[string, unknown]>([
    ...['1', 't', 'T', 'true', 'True', 'TRUE', ' true '].map((text): [string, unknown] => [text, true]),
    ...['0', 'f', 'F', 'false', 'False', 'FALSE'].map((text): [string, unknown] => [text, false]),
    ['2', 2],
    ['1.0', 1],
    ['-0.5', -0.5],
    ['1e6', 1_000_000],
    ['007', '007'],
    ['+1', '+1'],
    ['1e999', '1e999'],
    ['0x1F', '0x1F'],
    ['tRUE', 'tRUE'],
    ['yes', 'yes'],
    ['on', 'on'],
    ['null', 'null'],
    [' text ', ' text '],
    ['"1.10"', '1.10'],
    ['{"a": [1]}', { a: [1] }],
    ['[1, "x"]', [1, 'x']],
  ])('%j is %j', async (text, value) => {
    expect(await valueIn(text)).toEqual(value);
  });

  it('an empty variable is not set', async () => {
    expect(await flagsOf({ FEATURE_FLAG_A: '', FEATURE_FLAG_B: undefined, FEATURE_FLAGS: ' ' })).toEqual({});
  });

  it('evaluate as flags', async () => {
    const source = envSource({ env: { FEATURE_FLAG_NEW_CHECKOUT: '1', FEATURE_FLAG_THEME: 'dark' } });
    const snapshot = compile(await source.read());
    expect(evaluate(snapshot, 'new-checkout', 'boolean', {}).value).toBe(true);
    expect(evaluate(snapshot, 'theme', 'string', {}).value).toBe('dark');
  });
});

describe('FEATURE_FLAGS', () => {
  it('is a map of key to value', async () => {
    const env = {
      FEATURE_FLAGS: '{"a": true, "b": {"x": 1}, "flags": false, "__proto__": 1}',
      FEATURE_FLAG_A: 'false',
    };
    expect(await flagsOf(env)).toEqual(
      Object.fromEntries([
        ['a', false],
        ['b', { x: 1 }],
        ['flags', false],
        ['__proto__', 1],
      ]),
    );
  });

  it('or a document', async () => {
    const env = {
      FEATURE_FLAGS: '{"flags": {"a": {"type": "bool", "default": true}}, "segments": {"s": {}}}',
      FEATURE_FLAG_B: '2',
    };
    const { document } = await envSource({ env }).read();
    expect(document.segments).toEqual({ s: {} });
    expect(await flagsOf(env)).toEqual({ a: true, b: 2 });
  });

  it.each(['[1]', '7', '"x"', '{"a": ', '{"a": 1, "a": 2}', '{a: 1}'])('%s is an error', async (text) => {
    await expect(flagsOf({ FEATURE_FLAGS: text })).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  });
});

it('no error tells a value', async () => {
  const values = [
    '{"s3cret": tok3n}',
    '{"s3cret": 1, "s3cret": 2}',
    '["s3cret" tok3n',
    '"s3cret',
    '{"s3cret": "tok3n\n"}',
  ];
  for (const variable of ['FEATURE_FLAGS', 'FEATURE_FLAG_X']) {
    for (const value of values) {
      const error: unknown = await flagsOf({ [variable]: value }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'PARSE_ERROR', message: expect.stringContaining(variable) });
      const all = [
        String(error),
        JSON.stringify(error),
        JSON.stringify((error as { issues: unknown }).issues),
        String((error as Error).cause),
      ];
      expect(all.join()).not.toMatch(/s3cret|tok3n/);
    }
  }
});

it('the revision is one of the content, whatever the order of the variables', async () => {
  const revision = async (env: Env): Promise<string> => (await envSource({ env }).read()).revision;
  const base = await revision({ FEATURE_FLAG_A: '1', FEATURE_FLAG_B: '2' });
  expect(await revision({ FEATURE_FLAG_B: '2', OTHER: 'x', FEATURE_FLAG_A: 'true' })).toBe(base);
  expect(await revision({ FEATURE_FLAG_B: '2', FEATURE_FLAG_A: '0' })).not.toBe(base);
});

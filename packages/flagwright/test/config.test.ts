import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { FlagError } from '@flagwright/core';
import { envSource } from '@flagwright/sources/env';
import { configFromEnv, configFromFile, createClient, openProvider, providerFromEnv } from 'flagwright';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PATHS, SETTINGS } from '../src/settings.ts';

const folders: string[] = [];
function fileWith(text: string, name = 'flagwright.yaml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-config-'));
  folders.push(folder);
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** What is thrown, which must be a `FlagError`. */
function thrownBy(call: () => unknown): FlagError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(FlagError);
    return error as FlagError;
  }
  throw new Error('nothing was thrown');
}

describe('environment variables', () => {
  it.each([
    [
      { FEATURE_PROVIDER: 'file', FEATURE_FILE_PATH: '/etc/flags' },
      { provider: 'file', file: { path: '/etc/flags' } },
    ],
    [{ FEATURE_PROVIDER: ' redis ' }, { provider: 'redis' }],
    [
      { FEATURE_OFFLINE: 'T', FEATURE_SEND_EVENTS: '0' },
      { offline: true, sendEvents: false },
    ],
    [{ FEATURE_FILE_WATCH: 'FALSE' }, { file: { watch: false } }],
    [{ FEATURE_REFRESH_INTERVAL: '1m30s' }, { refreshInterval: '1m30s' }],
    [
      { FEATURE_PROJECT: 'shop', FEATURE_STAGE: 'production' },
      { project: 'shop', stage: 'production' },
    ],
    [{ FEATURE_TABLE: 'app.flags' }, { postgres: { table: 'app.flags' } }],
    [{ DATABASE_URL: 'postgres://a/b' }, { postgres: { url: 'postgres://a/b' } }],
    [
      { DATABASE_URL: 'postgres://a/b', FEATURE_POSTGRES_URL: 'postgresql://c/d' },
      { postgres: { url: 'postgresql://c/d' } },
    ],
    [{ FEATURE_REDIS_URL: '', REDIS_URL: 'rediss://h' }, { redis: { url: 'rediss://h' } }],
    [
      { FEATURE_HTTP_URL: 'https://flags.example.com', FEATURE_HTTP_TOKEN: 't' },
      { http: { url: 'https://flags.example.com', token: 't' } },
    ],
    [
      { LAUNCHDARKLY_SDK_KEY: 'sdk-1', LAUNCHDARKLY_BASE_URL: 'https://relay' },
      { launchdarkly: { sdkKey: 'sdk-1', baseUrl: 'https://relay' } },
    ],
    [
      { UNLEASH_URL: 'https://u/api/', UNLEASH_API_TOKEN: 't', UNLEASH_APP_NAME: 'shop' },
      { unleash: { url: 'https://u/api/', token: 't', appName: 'shop' } },
    ],
    [{ FEATURE_OVERRIDES: '{"a": true}' }, { overrides: { a: true } }],
    [
      { FEATURE_METRICS_ENABLED: 'false', FEATURE_METRICS_NAMESPACE: 'myapp', FEATURE_METRICS_PER_FLAG: '1' },
      { metrics: { enabled: false, namespace: 'myapp', perFlag: true } },
    ],
    [{ FEATURE_PROVIDER: '', FEATURE_STAGE: '  ' }, {}],
    [{}, {}],
  ])('%j', (env, config) => {
    expect(configFromEnv(env)).toEqual(config);
  });

  it('that are wrong are told of all at once', () => {
    const error = thrownBy(() =>
      providerFromEnv({
        FEATURE_PROVIDER: 'postgress',
        FEATURE_REFRESH_INTERVAL: '30',
        FEATURE_START_TIMEOUT: 'soon',
        FEATURE_OFFLINE: 'yes',
        FEATURE_OVERRIDES: '{"a": tru',
        FEATURE_HTTP_URL: 'flags.example.com',
        FEATURE_METRICS_PER_FLAG: 'on',
      }),
    );
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues).toHaveLength(7);
    expect(error.message).toMatchInlineSnapshot(`
      "the configuration cannot be used:
        error FEATURE_PROVIDER: "postgress" is not known; expected one of memory, env, file, postgres, redis, http, launchdarkly, unleash. Hint: did you mean postgres?
        error FEATURE_REFRESH_INTERVAL: "30" has no unit; expected a duration with a unit, as 30s, 1m30s or 500ms. Hint: did you mean 30s or 30ms?
        error FEATURE_START_TIMEOUT: "soon" cannot stand here; expected a duration with a unit, as 30s, 1m30s or 500ms
        error FEATURE_OFFLINE: "yes" cannot stand here; expected true or false. Hint: did you mean true?
        error FEATURE_OVERRIDES: this is no JSON; expected a JSON object, as {"new-checkout": true}
        error FEATURE_HTTP_URL: this is no address; expected an address that begins with http:// or https://
        error FEATURE_METRICS_PER_FLAG: "on" cannot stand here; expected true or false. Hint: did you mean true?"
    `);
  });

  it.each([
    ['postgres', 'FEATURE_POSTGRES_URL or DATABASE_URL, or postgres.url'],
    ['redis', 'FEATURE_REDIS_URL or REDIS_URL, or redis.url'],
    ['http', 'FEATURE_HTTP_URL, or http.url'],
    ['launchdarkly', 'LAUNCHDARKLY_SDK_KEY, or launchdarkly.sdkKey'],
    ['unleash', 'UNLEASH_URL, or unleash.url'],
  ])('%s says what it needs, only when it is chosen, and not offline', (provider, needed) => {
    expect(thrownBy(() => providerFromEnv({ FEATURE_PROVIDER: provider })).message).toContain(needed);
    expect(() => providerFromEnv({ FEATURE_PROVIDER: 'memory' })).not.toThrow();
    expect(() => providerFromEnv({ FEATURE_PROVIDER: provider, FEATURE_OFFLINE: 'true' })).not.toThrow();
    expect(configFromEnv({ FEATURE_PROVIDER: provider })).toEqual({ provider });
  });

  it.each([
    ['FEATURE_POSTGRES_URL', 'mysql://user:hunter2@host'],
    ['FEATURE_POSTGRES_URL', 'hunter2'],
    ['FEATURE_REDIS_URL', 'http://user:hunter2@host'],
    ['FEATURE_HTTP_URL', 'ftp://user:hunter2@host'],
    ['FEATURE_HTTP_TOKEN', 'hunter2\0'],
    ['LAUNCHDARKLY_SDK_KEY', 'hunter2\0'],
    ['UNLEASH_API_TOKEN', 'hunter2\0'],
    ['FEATURE_OVERRIDES', '{"password": "hunter2"'],
    ['FEATURE_PROVIDER', 'postgres://user:hunter2@host'],
    ['FEATURE_OFFLINE', 'redis://:hunter2@host'],
    ['FEATURE_TABLE', 'postgres://user:hunter2@host'],
    ['FEATURE_REFRESH_INTERVAL', 'sdk-5ecre7-hunter2-0123456789-0123456789'],
  ])('no message shows what %s is (%j)', (variable, value) => {
    const error = thrownBy(() => providerFromEnv({ [variable]: value }));
    expect(error.message).toContain(variable);
    expect(JSON.stringify([error.message, error.issues, error.stack])).not.toContain('hunter2');
  });

  it.each([null, false, 5, 'x', { FEATURE_CONFIG: 5 }])('that are none are refused: %j', (env) => {
    expect(thrownBy(() => providerFromEnv(env as never)).code).toBe('INVALID_ARGUMENT');
  });

  it('that are no text are told', () => {
    const env = { FEATURE_OFFLINE: true, FEATURE_STAGE: 5 } as never;
    const { message } = thrownBy(() => configFromEnv(env));
    expect(message).toContain('FEATURE_OFFLINE: this is no text');
    expect(message).toContain('FEATURE_STAGE: this is no text');
  });

  it('JSON with a key twice is told', () => {
    const error = thrownBy(() => configFromEnv({ FEATURE_OVERRIDES: '{"a": 1, "a": 2}' }));
    expect(error.message).toContain('FEATURE_OVERRIDES: this has a key twice');
  });

  it('a slip of the finger in the name of a variable is told', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    providerFromEnv({
      FEATURE_REFRESH_INTERVALL: '5s',
      FEATURE_FLAG_STAGES: 'x',
      FEATURE_STAGE: 'a',
      FEATURE_CACHE: 'x',
      MY_FEATURE: '1',
    });
    expect(warn.mock.calls).toEqual([
      [
        'the variable FEATURE_REFRESH_INTERVALL is not known. Hint: did you mean FEATURE_REFRESH_INTERVAL?',
        'FlagwrightWarning',
      ],
    ]);
    warn.mockRestore();
  });

  it('none of them is ever taken for a flag', async () => {
    const env = Object.fromEntries(
      [...PATHS.flatMap((path) => SETTINGS[path].variables), 'FEATURE_CONFIG'].map((name) => [name, 'x']),
    );
    const set = await envSource({ env, prefix: 'FEATURE_' }).read();
    expect([...(set.document.flags as ReadonlyMap<string, unknown>).keys()]).toEqual([]);
  });
});

describe('a file', () => {
  it('says what the variables say, in a map of its own', () => {
    const path = fileWith(
      [
        '# yaml-language-server: $schema=x',
        'provider: postgres',
        'refreshInterval: 1m',
        'postgres:',
        '  url: postgres://h/db',
        'redis:',
        'file: { path: a.yaml, watch: false }',
        'metrics: { buckets: [0.1, 1] }',
      ].join('\n'),
    );
    expect(configFromFile(path)).toEqual({
      provider: 'postgres',
      refreshInterval: '1m',
      postgres: { url: 'postgres://h/db' },
      file: { path: 'a.yaml', watch: false },
      metrics: { buckets: [0.1, 1] },
    });
  });

  it('may be JSON, or hold nothing', () => {
    expect(configFromFile(fileWith('{"provider": "file"}', 'flagwright.json'))).toEqual({ provider: 'file' });
    expect(configFromFile(fileWith('# nothing yet\n'))).toEqual({});
  });

  it('is told line and column of all that is wrong in it', () => {
    const path = fileWith(
      [
        'provider: fil',
        'refreshInterval: 30',
        'offline: no',
        'file:',
        '  pth: x',
        'postgress: {}',
        'redis: x',
        'metrics: { buckets: [1, 0.1] }',
      ].join('\n'),
    );
    const error = thrownBy(() => configFromFile(path));
    expect(error.message.replaceAll(path, 'f')).toMatchInlineSnapshot(`
      "the configuration cannot be used:
        f:1:11 error provider: "fil" is not known; expected one of memory, env, file, postgres, redis, http, launchdarkly, unleash. Hint: did you mean file?
        f:2:18 error refreshInterval: 30 has no unit; expected a duration with a unit, as 30s, 1m30s or 500ms. Hint: did you mean 30s or 30ms?
        f:3:10 error offline: "no" cannot stand here; expected true or false. Hint: did you mean false?
        f:5:8 error file.pth: this is not known here; expected one of path, watch. Hint: did you mean path?
        f:6:12 error postgress: this is not known here; expected one of cache, memory, file, postgres, redis, http, launchdarkly, unleash, metrics, provider and 9 more. Hint: did you mean postgres?
        f:7:8 error redis: this is no map; expected a map
        f:8:21 error metrics.buckets: a list cannot stand here; expected 1 to 50 numbers above 0 in ascending order, as 0.001, 0.01, 0.1"
    `);
  });

  it('that is no YAML is told line and column', () => {
    const path = fileWith('provider: [');
    expect(thrownBy(() => configFromFile(path))).toMatchObject({
      code: 'PARSE_ERROR',
      message: expect.stringMatching(/flagwright\.yaml:\d+:\d+/),
    });
  });

  it.each([
    'http:\n  token: *hunter2',
    'http:\n  token: !hunter2 x',
    'postgres://user:hunter2@host/db',
    '{"http": {"token": hunter2}}',
    'http:\n  token:hunter2-0123456789-0123456789-0123456789: x',
    'httptokenhunter2-0123456789-0123456789-0123456789: x',
    'http:\n  token: hunter2\n   url: x',
  ])('no message shows what stands in it: %j', (text) => {
    for (const name of text.startsWith('{') ? ['flagwright.json'] : ['flagwright.yaml', 'flagwright.json']) {
      const error = thrownBy(() => configFromFile(fileWith(text, name)));
      expect(inspect([error, error.issues], { depth: 10 })).not.toContain('hunter2');
    }
  });

  it('that is not there is told', () => {
    expect(thrownBy(() => providerFromEnv({ FEATURE_CONFIG: '/nowhere/flagwright.yaml' }))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'the configuration /nowhere/flagwright.yaml: there is no such file',
    });
  });

  it('is completed by variables, which win', () => {
    const path = fileWith('provider: redis\nrefreshInterval: 5s\nfile: { path: a.yaml }\n');
    expect(configFromEnv({ FEATURE_CONFIG: path, FEATURE_PROVIDER: 'file', FEATURE_FILE_WATCH: 'false' })).toEqual({
      provider: 'file',
      refreshInterval: '5s',
      file: { path: 'a.yaml', watch: false },
    });
  });
});

describe('code', () => {
  it.each([
    [{ provider: 'fil' }, /provider: "fil" is not known.*did you mean file\?/],
    [{ refreshInterval: 30_000 }, /refreshInterval: 30000 has no unit/],
    [{ refreshInterval: '-1s' }, /refreshInterval: "-1s" cannot stand here/],
    [{ refreshInterval: '0.1us' }, /refreshInterval: "0\.1us" is too short/],
    [{ refreshInterval: '1000h' }, /refreshInterval: "1000h" is too long/],
    [{ offline: 'true' }, /offline: "true" cannot stand here; expected true or false/],
    [{ file: { path: '' } }, /file\.path: "" cannot stand here/],
    [{ file: [] }, /file: this is no map/],
    [{ overides: {} }, /overides: this is not known here.*did you mean overrides\?/],
    [{ overrides: { a: () => 1 } }, /overrides: this is not plain JSON/],
    [{ http: { token: 5 } }, /http\.token: this is no text/],
    [{ __proto__: null, constructor: 1 }, /constructor: this is not known here/],
    [[], /the configuration is a list/],
    ['sdk-hunter2', /the configuration is a text/],
    [new Map(), /the configuration is an object of a class/],
    [Promise.resolve({}), /the configuration is an object of a class/],
    [
      new (class {
        provider = 'file';
      })(),
      /the configuration is an object of a class/,
    ],
    [{ overrides: new Map([['a', true]]) }, /overrides: an object of a class cannot stand here/],
    [{ memory: { flags: 'x' } }, /memory\.flags: "x" cannot stand here/],
    [null, /the configuration is null/],
  ])('%j', (config, message) => {
    expect(() => openProvider(config as never)).toThrow(message);
    expect(() => createClient(config as never)).toThrow(message);
  });

  it('a getter that throws is told as what it is', () => {
    const config = {
      get provider(): never {
        throw new Error('hunter2');
      },
    };
    expect(() => openProvider(config)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => openProvider(config)).toThrow(/a getter of it throws/);
  });

  it('flags may be a list or a Map', async () => {
    const on = { type: 'boolean', default: true } as const;
    for (const flags of [{ a: on }, [{ key: 'a', ...on }], new Map([['a', on]])]) {
      const client = createClient({ memory: { flags } });
      await client.ready();
      expect(client.boolean('a', false)).toBe(true);
      await client.close();
    }
  });

  it.each([
    [{ provider: 'postgres', postgres: { url: 'postgres://h/db', table: 'flags; drop' } }, /table/],
    [{ provider: 'redis', redis: { url: 'redis://h:port' } }, /url|port|address/],
    [{ provider: 'http', http: { url: 'http://user:hunter2@h' } }, /http\.url: the address holds a user or a password/],
    [{ provider: 'launchdarkly', launchdarkly: { sdkKey: 'sdk hunter2' } }, /key/],
    [{ provider: 'unleash', unleash: { url: 'http://h/api', token: 'a hunter2' } }, /token/],
  ] as const)('what the backend does not take is told before it is opened: %j', (config, message) => {
    const error = thrownBy(() => openProvider(config));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('hunter2');
  });

  it('an undefined value is none', () => {
    expect(() => openProvider({ provider: undefined, file: { path: undefined }, cache: undefined })).not.toThrow();
  });
});

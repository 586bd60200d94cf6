import { FlagError, isRecord, preview, type Sink } from '@flagwright/core';
import type { UnleashClient } from './client.ts';
import type { UnleashImpression } from './impression.ts';

/** Options of `unleashResolver`: a `client` or a `url`, and what else. */
export interface UnleashResolverOptions extends UnleashConnection {
  /**
   * An `Unleash` of `unleash-client`, which the caller makes and destroys; or a function that makes one, which the resolver
   * destroys when it is stopped.
   */
  readonly client?: UnleashClient | (() => UnleashClient) | undefined;
  /** How long `start` waits for flags, in ms. Default: 10,000. */
  readonly startTimeout?: number | undefined;
  /**
   * Answer TARGETING_KEY_MISSING where a flag splits users by what the context lacks, instead of what Unleash makes of it,
   * which may be another answer every time. Default: false.
   */
  readonly requireBucketingKey?: boolean | undefined;
  /** The name for logs and metadata. Default: `unleash`. */
  readonly name?: string | undefined;
  /** Told of what is tracked through OpenFeature; Unleash itself takes no events. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Told of each evaluation of a flag that has impression data switched on, as by the client. */
  readonly onImpression?: ((impression: UnleashImpression) => void) | undefined;
}

/** How a client is made for the resolver. */
export interface UnleashConnection {
  /** The API of the Unleash server or Edge: `https://unleash.example.com/api`. */
  readonly url?: string | undefined;
  /** A token for backends, sent as `Authorization`. */
  readonly token?: string | undefined;
  /** The application's name in Unleash. Default: `flagwright`. */
  readonly appName?: string | undefined;
  /** What constraints on `environment` compare with. Which environment is served, the token says. */
  readonly environment?: string | undefined;
  /** Flags of this project alone. Default: whatever the token may see. */
  readonly projectName?: string | undefined;
  /** The name of this process in Unleash. Default: the client's, by user and host. */
  readonly instanceId?: string | undefined;
  /** How often to ask for flags, in ms; 0: never. Default: the client's, 15,000. */
  readonly refreshInterval?: number | undefined;
  /** Register, and send how often flags were asked. Default: true. */
  readonly sendEvents?: boolean | undefined;
  /** Flags to begin with, until the server has answered. */
  readonly bootstrap?: UnleashBootstrap | undefined;
  /**
   * A directory for `unleash-backup-<appName>.json`, the last flags the server had; read when it does not answer at start.
   * Default: none is kept.
   */
  readonly backupPath?: string | undefined;
  /** Whatever else the client takes, such as `strategies`, `timeout` or `httpOptions`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** Where flags to begin with come from: as the client takes it. */
export interface UnleashBootstrap {
  /** A file with an answer of `/client/features`. */
  readonly filePath?: string | undefined;
  /** Where to get such an answer. */
  readonly url?: string | undefined;
  readonly urlHeaders?: Readonly<Record<string, string>> | undefined;
  /** The flags themselves, with `segments`. */
  readonly data?: readonly object[] | undefined;
  readonly segments?: readonly object[] | undefined;
}

/** The longest delay that a timer can hold, in ms. */
const MAX_DELAY = 0x7fffffff;

/** The client waits up to eleven times as long after failures. */
const MAX_REFRESH = Math.floor(MAX_DELAY / 11);

/** The client's requests are repeated after a second at least, which must fit. */
const LEAST_TIMEOUT = 1_000;

/** Refuses options that make no sense with `FlagError('INVALID_ARGUMENT')`. Token and url are never repeated. */
export function checkOptions(options: UnleashResolverOptions): void {
  if (!isRecord(options)) {
    throw new FlagError('INVALID_ARGUMENT', `the options are ${preview(options)}; expected at least a client or a url`);
  }
  const { client, url, name, sinks, startTimeout, onImpression } = options;
  if ((client === undefined) === (url === undefined)) {
    const got = client === undefined ? 'neither' : 'both';
    throw new FlagError('INVALID_ARGUMENT', `got ${got} of client and url; expected one of them`);
  }
  if (client !== undefined && typeof client !== 'function') checkClient(client);
  if (url !== undefined) checkConnection(options);
  checkTexts({ name });
  checkRange({ startTimeout }, 1, MAX_DELAY);
  const list = sinks === undefined || (Array.isArray(sinks) && sinks.every((sink) => typeof sink === 'function'));
  if (!list) throw new FlagError('INVALID_ARGUMENT', 'sinks is no list of functions');
  if (onImpression !== undefined && typeof onImpression !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `onImpression is ${preview(onImpression)}; expected a function`);
  }
}

const METHODS: readonly (keyof UnleashClient)[] = [
  'isEnabled',
  'getVariant',
  'getFeatureToggleDefinition',
  'getFeatureToggleDefinitions',
  'isSynchronized',
  'count',
  'on',
  'off',
  'start',
  'flushMetrics',
  'destroy',
];

/** Refuses what is no client with `FlagError('INVALID_ARGUMENT')`. */
export function checkClient(client: unknown): asserts client is UnleashClient {
  const missing = METHODS.filter((method) => !canDo(client, method));
  if (missing.length === 0) return;
  const lacks = missing.length === METHODS.length ? '' : `: it has no ${missing.join(', ')}`;
  throw new FlagError('INVALID_ARGUMENT', `the client is none of unleash-client${lacks}; expected an \`Unleash\``);
}

function canDo(client: unknown, method: keyof UnleashClient): boolean {
  try {
    return typeof (client as UnleashClient)[method] === 'function';
  } catch {
    return false;
  }
}

function checkConnection(options: UnleashConnection): void {
  const { url, token, appName, environment, projectName, instanceId, backupPath, refreshInterval, bootstrap } = options;
  const address = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      'the url of Unleash cannot be used; expected its API, like https://unleash.example.com/api',
    );
  }
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))) {
    throw new FlagError('INVALID_ARGUMENT', 'the token cannot be used; expected a text without blanks');
  }
  checkTexts({ appName, environment, projectName, instanceId, backupPath });
  checkRange({ refreshInterval }, 0, MAX_REFRESH);
  checkRecords({ bootstrap, options: options.options });
  if (options.options !== undefined) checkMore(options.options, token);
}

/** Options of the client that are given elsewhere, and where. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  url: 'the option url',
  appName: 'the option appName',
  environment: 'the option environment',
  projectName: 'the option projectName',
  instanceId: 'the option instanceId',
  refreshInterval: 'the option refreshInterval',
  bootstrap: 'the option bootstrap',
  backupPath: 'the option backupPath',
  disableMetrics: 'sendEvents: false',
  disableAutoStart: 'nothing: the resolver starts the client',
  skipInstanceCountWarning: 'nothing: the warning is never given',
};

/** What is passed on to the client must not say what is said elsewhere: one of them would go unheard. */
function checkMore(more: Readonly<Record<string, unknown>>, token: string | undefined): void {
  for (const name of Object.keys(more)) {
    if (!Object.hasOwn(ELSEWHERE, name)) continue;
    throw new FlagError('INVALID_ARGUMENT', `options.${name} cannot be given; use ${ELSEWHERE[name]}`);
  }
  checkRange({ 'options.timeout': more.timeout }, LEAST_TIMEOUT, MAX_DELAY);
  const { customHeadersFunction } = more;
  if (customHeadersFunction === undefined) return;
  if (typeof customHeadersFunction !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', 'options.customHeadersFunction is no function');
  }
  if (token === undefined) return;
  const hint = 'Hint: have the function give the token, as Authorization';
  throw new FlagError('INVALID_ARGUMENT', `got both token and options.customHeadersFunction. ${hint}`);
}

function checkTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(texts)) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a text that is not empty`);
  }
}

function checkRange(numbers: Readonly<Record<string, unknown>>, least: number, most: number): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) continue;
    const expected = `expected milliseconds from ${least} to ${most}`;
    throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; ${expected}`);
  }
}

function checkRecords(records: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(records)) {
    if (value !== undefined && !isRecord(value)) throw new FlagError('INVALID_ARGUMENT', `${name} is no object`);
  }
}

import type { Sink } from '@flagwright/core';
import { FlagError, isRecord, suggest } from '@flagwright/core';
import type { LDClient, LDClientOptions, LDLogger } from './client.ts';

/** Options of `launchDarklyResolver`: a `client` or an `sdkKey`, and what else. */
export interface LaunchDarklyOptions {
  /**
   * A client, which the caller makes and closes. Or a function that makes one, and hands on to `init` what it is given:
   * then its connection is told of, it is closed at the end, and made anew if its key is refused.
   */
  readonly client?: LDClient | ((options: LDClientOptions) => LDClient | Promise<LDClient>) | undefined;
  /** For a client that the resolver makes, by `@launchdarkly/node-server-sdk` or else `launchdarkly-node-server-sdk`. */
  readonly sdkKey?: string | undefined;
  /** With `sdkKey`: where to stream and poll from and to send events to, say a Relay Proxy. Default: LaunchDarkly's own. */
  readonly baseUrl?: string | undefined;
  /** With `sdkKey`: whether to send events to LaunchDarkly. Default: true. */
  readonly sendEvents?: boolean | undefined;
  /** With `sdkKey`: anything more for `init` of the client, as it is. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Where a client that the resolver makes writes to, say `console`. Default: nowhere. */
  readonly logger?: LDLogger | undefined;
  /** How long `start` waits before it rejects, in ms; it is tried on. Default: 10,000. */
  readonly startTimeout?: number | undefined;
  /**
   * How long a connection may be lost before the answers are told to be stale, in ms; sooner if it cannot be had again
   * at the first attempt. Default: 2,000.
   */
  readonly grace?: number | undefined;
  /** How long `stop` waits for events to be sent, in ms. Default: 2,000. */
  readonly flushTimeout?: number | undefined;
  /** A short name for logs and metadata. Default: `launchdarkly`. */
  readonly name?: string | undefined;
  /** Told of what is tracked, besides LaunchDarkly. */
  readonly sinks?: readonly Sink[] | undefined;
}

const NAMES: Readonly<Record<keyof LaunchDarklyOptions, true>> = {
  client: true,
  sdkKey: true,
  baseUrl: true,
  sendEvents: true,
  options: true,
  logger: true,
  startTimeout: true,
  grace: true,
  flushTimeout: true,
  name: true,
  sinks: true,
};

/** The longest delay that a timer can hold, in ms. */
const MAX_DELAY = 0x7fffffff;

/** Refuses options that make no sense with `FlagError('INVALID_ARGUMENT')`. No message shows a value: one may be the key. */
export function checkOptions(options: LaunchDarklyOptions): void {
  const given: unknown = options;
  if (!isRecord(given)) refuse(`got ${kindOf(given)} for the options; expected at least a client or an sdkKey`);
  checkNames(given);
  const { client, sdkKey, name, sinks, logger, sendEvents } = options;
  if ((client === undefined) === (sdkKey === undefined)) {
    refuse(`got ${client === undefined ? 'neither' : 'both'} of client and sdkKey; expected one of them`);
  }
  if (client !== undefined) checkClient(client);
  else checkKey(sdkKey);
  checkCompany(options);
  checkUrl(options.baseUrl);
  if (sendEvents !== undefined && typeof sendEvents !== 'boolean') {
    refuse(`sendEvents is ${kindOf(sendEvents)}; expected true or false`);
  }
  if (options.options !== undefined) checkMore(options.options);
  if (logger !== undefined && !isLogger(logger)) {
    refuse('the logger is none; expected debug, info, warn and error, as console has them');
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    refuse(`name is ${name === '' ? 'empty' : kindOf(name)}; expected a text that is not empty`);
  }
  if (sinks !== undefined && !(Array.isArray(sinks) && sinks.every((sink) => typeof sink === 'function'))) {
    refuse('sinks is no list of functions');
  }
  for (const duration of ['startTimeout', 'grace', 'flushTimeout'] as const) checkDuration(duration, options[duration]);
}

/** A name may be a slip; it is not shown, for it may be the key as well. */
function checkNames(given: object): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(NAMES, name)) continue;
    const near = suggest(name, Object.keys(NAMES));
    refuse(`there is an option that is not known here${near === undefined ? '' : `. Hint: did you mean ${near}?`}`);
  }
}

function checkDuration(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 1 && value <= MAX_DELAY)) return;
  const got = typeof value === 'number' ? 'out of range' : kindOf(value);
  refuse(`${name} is ${got}; expected milliseconds from 1 to ${MAX_DELAY}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const METHODS = [
  'initialized',
  'waitForInitialization',
  'variationDetail',
  'allFlagsState',
  'track',
  'flush',
  'close',
  'on',
  'off',
] as const;

/** Whether something has what is used of LaunchDarkly's client. */
export function isClient(client: unknown): client is LDClient {
  try {
    const made = client as Partial<LDClient> | null | undefined;
    return typeof made === 'object' && METHODS.every((method) => typeof made?.[method] === 'function');
  } catch {
    return false;
  }
}

function checkClient(client: unknown): void {
  if (typeof client === 'function' || isClient(client)) return;
  refuse('the client is no client of LaunchDarkly; expected what its `init` returns, or a function that makes one');
}

function checkKey(key: unknown): void {
  if (typeof key !== 'string') refuse('the sdkKey is no text');
  if (key.trim() === '') refuse('the sdkKey is empty');
  if (!/^[\x21-\x7e]+$/.test(key)) refuse('the sdkKey has a character that no key has. Hint: a space or a line break?');
}

function checkMore(more: unknown): void {
  if (!isRecord(more)) refuse('options is no object; expected those of init');
  if (more.logger !== undefined) refuse('options has a logger, which would not be used. Hint: give it beside options');
}

/** Refuses options that would do nothing. */
function checkCompany({ client, baseUrl, sendEvents, options, logger }: LaunchDarklyOptions): void {
  if (client === undefined) return;
  for (const [name, value] of Object.entries({ baseUrl, sendEvents, options })) {
    if (value !== undefined) refuse(`${name} goes with sdkKey; a client has its own`);
  }
  if (logger !== undefined && typeof client !== 'function') refuse('the client has its own logger');
}

function checkUrl(url: unknown): void {
  if (url === undefined) return;
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) refuse('baseUrl is no http or https address');
  if (parsed.username !== '' || parsed.password !== '') refuse('baseUrl holds credentials; the sdkKey is sent instead');
  if (/[?#]/.test(url as string)) refuse('baseUrl has a query or a fragment; paths are put after it');
}

function isLogger(logger: unknown): boolean {
  return isRecord(logger) && ['debug', 'info', 'warn', 'error'].every((level) => typeof logger[level] === 'function');
}

function refuse(message: string): never {
  throw new FlagError('INVALID_ARGUMENT', message);
}

import { DEFAULT_BUCKETS, DEFAULT_NAMESPACE } from '@flagwright/telemetry';
import type { ConfigPath, ProviderName } from './config.ts';
import {
  address,
  boolean,
  choice,
  duration,
  flags,
  type Kind,
  map,
  metricName,
  numbers,
  secret,
  tableName,
  text,
} from './kinds.ts';

/** One place of a configuration: what may stand there, and which environment variables say it. */
export interface Setting {
  readonly kind: Kind;
  /** The first that is set counts; undefined: only code and files say it. */
  readonly variables: readonly string[];
  readonly default?: unknown;
  /** The providers that cannot do without it. */
  readonly needed?: readonly ProviderName[];
  /** For the docs: begins with a small letter, ends without a full stop. */
  readonly summary: string;
}

export const PROVIDERS: readonly ProviderName[] = [
  'memory',
  'env',
  'file',
  'postgres',
  'redis',
  'http',
  'launchdarkly',
  'unleash',
];

/** Everything that can be configured. Variables, files, types of values, the docs and the schema for editors follow it. */
export const SETTINGS: Readonly<Record<ConfigPath, Setting>> = {
  provider: {
    kind: choice(PROVIDERS),
    variables: ['FEATURE_PROVIDER'],
    default: 'memory',
    summary: 'where flags come from',
  },
  project: {
    kind: text,
    variables: ['FEATURE_PROJECT'],
    default: 'default',
    summary: 'which set of flags, in PostgreSQL and Redis: its project',
  },
  stage: { kind: text, variables: ['FEATURE_STAGE'], default: 'default', summary: 'and its stage' },
  refreshInterval: {
    kind: duration,
    variables: ['FEATURE_REFRESH_INTERVAL'],
    default: '30s',
    summary: 'how often flags are read, hints or none',
  },
  startTimeout: {
    kind: duration,
    variables: ['FEATURE_START_TIMEOUT'],
    default: '10s',
    summary: 'how long a backend may take to have its first good answer; it goes on trying',
  },
  offline: {
    kind: boolean,
    variables: ['FEATURE_OFFLINE'],
    default: false,
    summary: 'use no network: files, and the copy of `FEATURE_CACHE_PATH`, serve; else the caller’s defaults',
  },
  sendEvents: {
    kind: boolean,
    variables: ['FEATURE_SEND_EVENTS'],
    default: true,
    summary: 'tell sinks, and the vendor, of evaluations and tracked events',
  },
  overrides: {
    kind: map,
    variables: ['FEATURE_OVERRIDES'],
    summary: 'flag key to the value it is forced to, or to `{"variant": name}`; for development',
  },
  overridesFile: {
    kind: text,
    variables: ['FEATURE_OVERRIDES_FILE'],
    default: 'features.local.yaml',
    summary: 'a file of overrides, which may be missing; not looked at in production unless it is allowed',
  },
  allowOverridesInProduction: {
    kind: boolean,
    variables: ['FEATURE_ALLOW_OVERRIDES_IN_PRODUCTION'],
    default: false,
    summary: 'allow overrides where `NODE_ENV` is `production`',
  },
  'cache.path': {
    kind: text,
    variables: ['FEATURE_CACHE_PATH'],
    summary: 'where a copy of the last good flags of PostgreSQL, Redis or HTTP is kept, to start without them',
  },
  'memory.flags': { kind: flags, variables: [], summary: 'flags as in a flag file' },
  'file.path': {
    kind: text,
    variables: ['FEATURE_FILE_PATH'],
    default: 'features.yaml',
    summary: 'the flag file, or a folder of them',
  },
  'file.watch': {
    kind: boolean,
    variables: ['FEATURE_FILE_WATCH'],
    default: true,
    summary: 'follow edits at once; else at the refresh interval',
  },
  'postgres.url': {
    kind: address(['postgres', 'postgresql'], true),
    variables: ['FEATURE_POSTGRES_URL', 'DATABASE_URL'],
    needed: ['postgres'],
    summary: 'the database',
  },
  'postgres.table': {
    kind: tableName,
    variables: ['FEATURE_TABLE'],
    default: 'feature_flags',
    summary: 'the table of flags, perhaps with its schema',
  },
  'redis.url': {
    kind: address(['redis', 'rediss'], true),
    variables: ['FEATURE_REDIS_URL', 'REDIS_URL'],
    needed: ['redis'],
    summary: 'the server',
  },
  'redis.prefix': {
    kind: text,
    variables: ['FEATURE_REDIS_PREFIX'],
    default: 'flagwright',
    summary: 'where the names of all keys begin',
  },
  'http.url': {
    kind: address(['http', 'https'], false),
    variables: ['FEATURE_HTTP_URL'],
    needed: ['http'],
    summary: 'the flag document, or a server of flags',
  },
  'http.token': { kind: secret, variables: ['FEATURE_HTTP_TOKEN'], summary: 'sent as `Authorization: Bearer …`' },
  'launchdarkly.sdkKey': {
    kind: secret,
    variables: ['LAUNCHDARKLY_SDK_KEY'],
    needed: ['launchdarkly'],
    summary: 'the SDK key of the environment',
  },
  'launchdarkly.baseUrl': {
    kind: address(['http', 'https'], false),
    variables: ['LAUNCHDARKLY_BASE_URL'],
    summary: 'another address for everything, as of a Relay Proxy',
  },
  'unleash.url': {
    kind: address(['http', 'https'], false),
    variables: ['UNLEASH_URL'],
    needed: ['unleash'],
    summary: 'the client API, as `https://unleash.example.com/api/`',
  },
  'unleash.token': { kind: secret, variables: ['UNLEASH_API_TOKEN'], summary: 'a client token' },
  'unleash.appName': {
    kind: text,
    variables: ['UNLEASH_APP_NAME'],
    default: 'flagwright',
    summary: 'the name under which this application registers',
  },
  'unleash.environment': { kind: text, variables: ['UNLEASH_ENVIRONMENT'], summary: 'for strategies that ask for it' },
  'unleash.backupPath': {
    kind: text,
    variables: ['UNLEASH_BACKUP_PATH'],
    summary: 'the folder in which the client keeps a copy, to start without the server; else none is kept',
  },
  'metrics.enabled': { kind: boolean, variables: ['FEATURE_METRICS_ENABLED'], default: true, summary: 'count at all' },
  'metrics.namespace': {
    kind: metricName,
    variables: ['FEATURE_METRICS_NAMESPACE'],
    default: DEFAULT_NAMESPACE,
    summary: 'where the names of all metrics begin',
  },
  'metrics.buckets': {
    kind: numbers,
    variables: [],
    default: DEFAULT_BUCKETS,
    summary: 'the buckets of durations, in seconds',
  },
  'metrics.perFlag': {
    kind: boolean,
    variables: ['FEATURE_METRICS_PER_FLAG'],
    default: false,
    summary: 'count each flag by itself: many time series',
  },
};

/** Every place of a configuration, in the order of the table. */
export const PATHS: readonly ConfigPath[] = Object.keys(SETTINGS) as ConfigPath[];

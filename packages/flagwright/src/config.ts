import type { FlagDocument } from '@flagwright/core';

/** Where flags come from, by name. */
export type ProviderName = 'memory' | 'env' | 'file' | 'postgres' | 'redis' | 'http' | 'launchdarkly' | 'unleash';

/** A span of time as text, as Go has it: `30s`, `1m30s`, `500ms`. */
export type Duration = string;

/**
 * Where flags come from, and how: given in code, read from environment variables (`configFromEnv`), or from a file
 * (`configFromFile`). What is left out has the default that docs/configuration.md names.
 */
export interface Config {
  readonly provider?: ProviderName | undefined;
  /** Which set of flags, where a backend has many. */
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  /** How often a shared backend is read, hints or none. */
  readonly refreshInterval?: Duration | undefined;
  /** How long a backend may take to have its first good answer. */
  readonly startTimeout?: Duration | undefined;
  /** Use no network: what is on this machine serves, else the caller's defaults. */
  readonly offline?: boolean | undefined;
  /** Whether anything is told of evaluations and tracked events: to sinks, and to a vendor. */
  readonly sendEvents?: boolean | undefined;
  /** Flag key to the value it is forced to, or to `{ variant: name }`; for development. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  /** A file of overrides, which may be missing. */
  readonly overridesFile?: string | undefined;
  readonly allowOverridesInProduction?: boolean | undefined;
  readonly cache?:
    | {
        /** Where a copy of the last good flags is kept, for the case that the backend is away at the start, or offline. */
        readonly path?: string | undefined;
      }
    | undefined;
  readonly memory?:
    | {
        /** Flags as in a flag file. */
        readonly flags?: NonNullable<FlagDocument['flags']> | undefined;
      }
    | undefined;
  readonly file?:
    | {
        /** A file or a folder. */
        readonly path?: string | undefined;
        readonly watch?: boolean | undefined;
      }
    | undefined;
  readonly postgres?:
    | {
        readonly url?: string | undefined;
        /** `table` or `schema.table`. */
        readonly table?: string | undefined;
      }
    | undefined;
  readonly redis?:
    | {
        readonly url?: string | undefined;
        /** Where the names of all keys begin. */
        readonly prefix?: string | undefined;
      }
    | undefined;
  readonly http?:
    | {
        readonly url?: string | undefined;
        /** Sent as `Authorization: Bearer …`. */
        readonly token?: string | undefined;
      }
    | undefined;
  readonly launchdarkly?:
    | {
        readonly sdkKey?: string | undefined;
        /** Of a Relay Proxy, say. */
        readonly baseUrl?: string | undefined;
      }
    | undefined;
  readonly unleash?:
    | {
        readonly url?: string | undefined;
        readonly token?: string | undefined;
        readonly appName?: string | undefined;
        readonly environment?: string | undefined;
        /** The folder of the copy that the client keeps. */
        readonly backupPath?: string | undefined;
      }
    | undefined;
  readonly metrics?:
    | {
        readonly enabled?: boolean | undefined;
        readonly namespace?: string | undefined;
        /** Seconds, in ascending order. */
        readonly buckets?: readonly number[] | undefined;
        /** Count each flag by itself: many time series. */
        readonly perFlag?: boolean | undefined;
      }
    | undefined;
}

type Groups = { [K in keyof Config]-?: NonNullable<Config[K]> extends infer G ? G : never };
type GroupName = 'cache' | 'memory' | 'file' | 'postgres' | 'redis' | 'http' | 'launchdarkly' | 'unleash' | 'metrics';

/** Every place in a configuration, as `file.path`. */
export type ConfigPath =
  | Exclude<keyof Config, GroupName>
  | { [G in GroupName]: `${G}.${keyof Groups[G] & string}` }[GroupName];

/** What stands at a place. */
export type ConfigValue<P extends ConfigPath> = P extends `${infer G extends GroupName}.${infer K}`
  ? K extends keyof Groups[G]
    ? NonNullable<Groups[G][K]>
    : never
  : P extends keyof Config
    ? NonNullable<Config[P]>
    : never;

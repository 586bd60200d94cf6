import { parseArgs } from 'node:util';
import { type Environment, type Gates, gatesFromArgs } from '@flagwright/gates';
import { loadGates } from '@flagwright/gates/load';
import { type Feature, features, VERSION } from './features.js';

/** What can be chosen about the server, before anybody has looked whether it makes sense. */
export interface Options {
  readonly port: number;
  /** Where the events service is; empty if there is none. */
  readonly eventsBackend: string;
  /** How long events stay in memory, in seconds. Default: it depends, see `complete`. */
  readonly eventTtl: number | undefined;
  readonly gates: Gates<Feature>;
  readonly log: (line: string) => void;
}

/** What the server does if nobody chooses anything. The gates are declared here, before any setting is read. */
export function newOptions(log: (line: string) => void = console.log, version: string = VERSION): Options {
  return { port: 8080, eventsBackend: '', eventTtl: undefined, gates: features(version, log), log };
}

const FLAGS = {
  config: { type: 'string' },
  port: { type: 'string' },
  'events-backend': { type: 'string' },
  'event-ttl': { type: 'string' },
} as const;

/**
 * Options with what the command line, the environment and the file of `--config` say. Throws `FlagError` with every
 * setting of a gate that cannot be followed, wherever it stands.
 */
export async function addFlags(options: Options, argv: readonly string[], env: Environment): Promise<Options> {
  const { values } = parseArgs({ args: [...gatesFromArgs(argv).rest], options: FLAGS });
  const { gates } = await loadGates(options.gates, { argv, env, file: values.config });
  return {
    ...options,
    gates,
    port: Number(values.port ?? options.port),
    eventsBackend: values['events-backend'] ?? options.eventsBackend,
    eventTtl: values['event-ttl'] === undefined ? options.eventTtl : Number(values['event-ttl']),
  };
}

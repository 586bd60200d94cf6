import { parseArgs } from 'node:util';
import { FlagError } from '@flagwright/core';
import type { Environment, Gates } from '@flagwright/gates';
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
 * setting of a gate that cannot be followed, wherever it stands; if there is none, with what is wrong on the rest of the
 * command line.
 */
export async function addFlags(options: Options, argv: readonly string[], env: Environment): Promise<Options> {
  const { gates, rest } = await loadGates(options.gates, { argv, env, file: configOf(argv) });
  const values = parse(rest);
  return {
    ...options,
    gates,
    port: numberOf(values.port) ?? options.port,
    eventsBackend: values['events-backend'] ?? options.eventsBackend,
    eventTtl: numberOf(values['event-ttl']) ?? options.eventTtl,
  };
}

/** The file must be known before gates are, and what is wrong with the command line is told after them. */
function configOf(argv: readonly string[]): string | undefined {
  const { config } = parseArgs({ args: [...argv], options: FLAGS, strict: false }).values;
  return typeof config === 'string' ? config : undefined;
}

function parse(rest: readonly string[]): { readonly [F in keyof typeof FLAGS]?: string | undefined } {
  try {
    return parseArgs({ args: [...rest], options: FLAGS }).values;
  } catch (cause) {
    throw FlagError.from(cause, 'INVALID_ARGUMENT');
  }
}

/** `Number` takes an empty text for 0. */
function numberOf(text: string | undefined): number | undefined {
  return text?.trim() === '' ? Number.NaN : text === undefined ? undefined : Number(text);
}

import { FlagError, isRecord, preview } from '@flagwright/core';
import type { Agreed, Entry, Outstanding, Sent, Value } from './entry.ts';

/** All that a node remembers between two rounds, and between two lives. Immutable. */
export interface Memory {
  /** The node has been in step with the cluster once. */
  readonly joined: boolean;
  /** By name, without `feature.`. */
  readonly gates: ReadonlyMap<string, Entry>;
}

/** What a node remembers that has never been in step. */
export const NOTHING: Memory = { joined: false, gates: new Map() };

/** Where a node keeps what it remembers. One process at a time has it open. */
export interface Baseline {
  /** A short name for messages and health. */
  readonly name: string;
  /**
   * Takes it for this process, and reads it; there may be nothing yet, or `damage`, which cannot be used. Throws
   * `FlagError`: `CONFLICT` if another process has it open, `UNSUPPORTED` if a newer version wrote it, `UNAVAILABLE`.
   */
  open(): Promise<{ readonly memory: Memory | undefined; readonly damage?: FlagError | undefined }>;
  /** What it holds, without taking it. */
  peek(): Promise<Memory>;
  /** Puts down all of it, or nothing. Throws `FlagError`: `CONFLICT` if it was taken away, `UNAVAILABLE`. */
  save(memory: Memory): Promise<void>;
  /** Gives it free. */
  close(): Promise<void>;
}

const VERSION = 1;

/** What is remembered, as text. */
export function formatMemory({ joined, gates }: Memory): string {
  const entries = [...gates].sort(([one], [other]) => (one < other ? -1 : 1));
  const plain = entries.map(([name, { agreed, push, pull }]) => [
    name,
    {
      agreed: agreed && withValue(agreed),
      push: push && { base: push.base, sent: push.sent.map(withValue) },
      pull: pull && withValue(pull),
    },
  ]);
  return `${JSON.stringify({ version: VERSION, joined, gates: Object.fromEntries(plain) }, null, 2)}\n`;
}

/** JSON has no undefined. */
function withValue<T extends { readonly value: Value }>(part: T): unknown {
  return { ...part, value: part.value ?? null };
}

/** What a text says. Throws `FlagError`: `PARSE_ERROR`; `UNSUPPORTED` if a newer version wrote it. */
export function parseMemory(text: string): Memory {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new FlagError('PARSE_ERROR', 'it is no JSON', { cause });
  }
  if (!isRecord(document)) throw wrong('it', document);
  const { version, joined, gates } = document;
  if (typeof version === 'number' && version > VERSION) {
    throw new FlagError(
      'UNSUPPORTED',
      `it is of version ${version}, and this program knows ${VERSION}. Hint: run the newer program, or remove the file to join anew`,
    );
  }
  if (version !== VERSION) throw wrong('version', version);
  if (typeof joined !== 'boolean') throw wrong('joined', joined);
  if (!isRecord(gates)) throw wrong('gates', gates);
  return { joined, gates: new Map(Object.entries(gates).map(([name, entry]) => [name, entryOf(entry)])) };
}

function entryOf(entry: unknown): Entry {
  if (!isRecord(entry)) throw wrong('a gate', entry);
  const { agreed, push, pull } = entry;
  return {
    ...(agreed === undefined ? {} : { agreed: agreedOf(agreed) }),
    ...(push === undefined ? {} : { push: outstandingOf(push) }),
    ...(pull === undefined ? {} : { pull: agreedOf(pull) }),
  };
}

function agreedOf(part: unknown): Agreed {
  if (!isRecord(part)) throw wrong('a part', part);
  const { write } = part;
  if (write !== undefined && typeof write !== 'string') throw wrong('write', write);
  return { value: plainValue(part.value), write };
}

function outstandingOf(push: unknown): Outstanding {
  if (!isRecord(push) || push.base === undefined) throw wrong('push', push);
  const { base, sent } = push;
  if (!Array.isArray(sent) || sent.length === 0) throw wrong('sent', sent);
  return { base, sent: (sent as readonly unknown[]).map(sentOf) };
}

function sentOf(sent: unknown): Sent {
  if (!isRecord(sent) || typeof sent.id !== 'string') throw wrong('sent', sent);
  return { id: sent.id, value: plainValue(sent.value) };
}

function plainValue(value: unknown): Value {
  if (value === null) return undefined;
  if (typeof value !== 'boolean') throw wrong('value', value);
  return value;
}

function wrong(what: string, value: unknown): FlagError {
  return new FlagError('PARSE_ERROR', `${what} is ${preview(value)}, which this program has not written`);
}

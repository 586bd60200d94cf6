import type { Edit, FlagSet, FlagStore, Observer } from '@flagwright/core';
import { FlagError, jsonEqual, notJson } from '@flagwright/core';
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { sourceTests } from './source-tests.ts';
import { storeTests } from './store-tests.ts';

/** What a faulty store does differently. */
interface Fault {
  readonly read?: (set: FlagSet, previous: FlagSet | undefined) => FlagSet | Promise<FlagSet>;
  readonly commit?: (edits: readonly Edit[], entries: Map<string, unknown>) => readonly Edit[];
  readonly equal?: (a: unknown, b: unknown) => boolean;
  readonly sameRevision?: boolean;
  readonly liveDocument?: boolean;
  readonly partial?: boolean;
  readonly trusting?: boolean;
  readonly mute?: boolean;
  readonly deaf?: boolean;
  readonly immortal?: boolean;
  readonly kindless?: boolean;
  readonly ignoresAbort?: boolean;
}

/** A plain store of flags and other entries, right but for its fault. */
function makeStore(fault: Fault): FlagStore {
  const entries = new Map<string, unknown>();
  const observers = new Set<Observer>();
  let n = 0;
  let closed = false;
  let live: Record<string, Record<string, unknown>> = {};
  const sections: Readonly<Record<string, string>> = {
    flag: 'flags',
    segment: 'segments',
    evaluator: '$evaluators',
    attribute: 'attributes',
    metadata: 'metadata',
    override: 'overrides',
  };
  const documentOf = (): FlagSet['document'] => {
    const document: Record<string, Record<string, unknown>> = fault.liveDocument === true ? live : {};
    for (const section of Object.values(sections)) document[section] = {};
    for (const [id, value] of entries) {
      const [kind, key] = JSON.parse(id) as [string, string];
      Object.defineProperty(document[sections[kind]!]!, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    live = document;
    return document;
  };
  const use = (): void => {
    if (closed && fault.immortal !== true) throw new FlagError('NOT_READY', 'closed');
  };
  return {
    name: 'mutant',
    async read(previous, signal) {
      if (fault.ignoresAbort !== true) signal?.throwIfAborted();
      use();
      const set = { document: documentOf(), revision: fault.sameRevision === true ? 'm.0' : `m.${n}` };
      return fault.read?.(set, previous) ?? set;
    },
    async subscribe(observer) {
      use();
      const own = { ...observer };
      observers.add(own);
      return () => {
        if (fault.deaf !== true) observers.delete(own);
      };
    },
    async commit(edits) {
      use();
      if (fault.trusting !== true) check(edits, sections);
      const wanted = fault.commit?.(edits, entries) ?? edits;
      const undo = new Map(entries);
      for (const { kind = 'flag', key, next, was } of wanted) {
        const id = JSON.stringify([fault.kindless === true ? 'flag' : kind, key]);
        const current = entries.get(id);
        if (was !== undefined && !(fault.equal ?? jsonEqual)(current, was ?? undefined)) {
          if (fault.partial !== true) {
            entries.clear();
            for (const [before, value] of undo) entries.set(before, value);
          }
          throw new FlagError('CONFLICT', key);
        }
        if (next === null) entries.delete(id);
        else entries.set(id, fault.trusting === true ? next : structuredClone(next));
      }
      if (wanted.length > 0) n++;
      if (fault.mute !== true) for (const observer of observers) observer.changed();
      return fault.sameRevision === true ? 'm.0' : `m.${n}`;
    },
    async close() {
      closed = true;
      if (fault.deaf !== true) observers.clear();
    },
  };
}

function check(edits: readonly Edit[], sections: object): void {
  const bad = (): never => {
    throw new FlagError('INVALID_ARGUMENT', 'bad');
  };
  if (!Array.isArray(edits)) bad();
  const seen = new Set<string>();
  for (const edit of edits) {
    if (typeof edit !== 'object' || edit === null || typeof edit.key !== 'string' || edit.key === '') bad();
    if (edit.next === undefined || notJson(edit.next) !== undefined || !Object.hasOwn(sections, edit.kind ?? 'flag'))
      bad();
    const id = JSON.stringify([edit.kind ?? 'flag', edit.key]);
    if (seen.has(id)) bad();
    seen.add(id);
  }
}

const timing = { hintWithin: 60, quietFor: 20 };
const TESTS = { ...sourceTests(timing), ...storeTests(timing) };

/** The names of the tests, of those given, that a store fails. */
async function failedBy(fault: Fault, names: readonly string[] = Object.keys(TESTS)): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const name of names) {
    const run = TESTS[name];
    if (run === undefined) throw new Error(`there is no test "${name}"`);
    const source = makeStore(fault);
    const skip = new Error('skipped');
    const context = {
      skip: () => {
        throw skip;
      },
    } as unknown as TestContext;
    const change = async (edits: readonly Edit[]): Promise<void> => {
      await source.commit(edits);
    };
    try {
      await run({ source, change, close: async () => undefined }, context);
    } catch (error) {
      if (error !== skip) failed.push(name);
    }
  }
  return failed;
}

describe('the contract', () => {
  it('passes a store that is right', async () => {
    expect(await failedBy({})).toEqual([]);
  });

  it.each<[string, Fault, string]>([
    [
      'gives a previous set back unseen',
      { read: (set, previous) => previous ?? set },
      'takes a previous set that is not its own',
    ],
    [
      'trusts the number of a foreign revision',
      { read: (set, previous) => (Number(previous?.revision.split('.')[1]) > 1_000 ? previous! : set) },
      'takes a previous set that is not its own',
    ],
    ['has one revision for everything', { sameRevision: true }, 'gives another revision with other content'],
    [
      'has another revision at each read',
      { read: (set) => ({ ...set, revision: `m.${Math.random()}` }) },
      'gives the same revision while nothing changes',
    ],
    ['changes what it gave away', { liveDocument: true }, 'never changes a set it gave away'],
    ['keeps what it was given', { trusting: true }, 'keeps its own copy of what it was given'],
    ['takes nonsense', { trusting: true }, 'refuses edits that make no sense with INVALID_ARGUMENT'],
    ['makes half of the edits', { partial: true }, 'commits all edits or none'],
    [
      'compares as text',
      { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
      'compares as canonical JSON: order of names and way of writing do not count',
    ],
    ['does not compare', { equal: () => true }, 'refuses what is no longer what it was with CONFLICT'],
    ['gives no hints', { mute: true }, 'hints at a change once it has subscribed'],
    ['goes on hinting', { deaf: true }, 'hints to every observer, until it stops'],
    ['goes on hinting after close', { deaf: true, immortal: true }, 'gives no hint after it was closed'],
    ['reads after close', { immortal: true }, 'rejects reads after it was closed with NOT_READY'],
    ['commits after close', { immortal: true }, 'rejects commits after it was closed with NOT_READY'],
    ['mixes kinds', { kindless: true }, 'commits every kind, and keeps them apart'],
    ['reads though it was aborted', { ignoresAbort: true }, 'rejects a read that was aborted before'],
    [
      'loses members of Object',
      { commit: (edits) => edits.filter(({ key }) => !(key in {})) },
      'keeps flags named like members of every object',
    ],
    [
      'folds case',
      { commit: (edits) => edits.map((edit) => ({ ...edit, key: edit.key.toLowerCase() })) },
      'keeps keys of any characters',
    ],
    [
      'turns empty lists into maps',
      { commit: (edits) => JSON.parse(JSON.stringify(edits).replaceAll('[]', '{}')) as Edit[] },
      'keeps values exactly',
    ],
  ])('catches a store that %s', async (_, fault, test) => {
    expect(await failedBy(fault, [test])).toEqual([test]);
  });
});

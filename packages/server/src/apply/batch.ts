import type { Mark, Row, Transaction } from '../database/database.ts';
import { contentText } from '../resources/content-text.ts';
import type { Key, Resource } from '../resources/resource.ts';
import { lookThrough } from '../resources/view.ts';
import { knownResources } from './known.ts';
import { type PendingEdits, type PendingPut, sendEdits, sendPuts } from './pending.ts';
import { versionsOf } from './versions.ts';

/** A transaction of many items, which reads and writes together what they read and write. */
export interface Batch extends Transaction {
  /** Whether each item is written by itself. */
  readonly each: boolean;
  /** Reads what it takes to write these, and forgets what is known of others. As many items are still to come. */
  prepare(all: readonly Key[], toCome: number): Promise<void>;
  /** Does the work of one item. What it has done is undone if it throws, and the others go on. */
  item<T>(work: () => Promise<T>): Promise<T>;
  /** Writes what is still to be written. */
  flush(): Promise<void>;
}

/** How a batch is done. */
export interface BatchOptions {
  /** Whether each item is written by itself, so that it is told of the item what writing it fails by. */
  readonly each: boolean;
  /** Throws if it takes too long. */
  readonly inTime: () => void;
  /** What is thrown where what several items have written could not be written. */
  readonly failure: (cause: unknown) => unknown;
}

/** Texts of so many characters are written together. */
const MOST_PENDING = 2 ** 21;

/**
 * A batch over a transaction. Whoever asks the database something that is not known sees all that was written before. The
 * revision that publishing answers is not known here, and empty.
 */
export function batchOver(transaction: Transaction, { each, inTime, failure }: BatchOptions): Batch {
  const nextVersion = versionsOf(transaction);
  let puts: PendingPut[] = [];
  let edits: PendingEdits[] = [];
  let size = 0;
  let toCome = 1;
  /** Of the item that is being done: what is its own, how to take it back, and where the transaction goes back to. */
  let own: { puts: number; edits: number; readonly undo: (() => void)[]; mark: Mark | undefined } | undefined;

  async function send(somePuts: readonly PendingPut[], someEdits: readonly PendingEdits[]): Promise<void> {
    if (somePuts.length === 0 && someEdits.length === 0) return;
    inTime();
    try {
      await sendPuts(transaction, somePuts);
      await sendEdits(transaction, someEdits);
    } catch (thrown) {
      throw each ? thrown : failure(thrown);
    }
  }

  async function flush(): Promise<void> {
    const [allPuts, allEdits] = [puts, edits];
    const [ownPuts, ownEdits] = [own?.puts ?? 0, own?.edits ?? 0];
    puts = [];
    edits = [];
    size = 0;
    if (own === undefined || own.mark !== undefined) return send(allPuts, allEdits);
    own.puts = 0;
    own.edits = 0;
    await send(allPuts.slice(0, ownPuts), allEdits.slice(0, ownEdits));
    if (allPuts.length === ownPuts && allEdits.length === ownEdits) return;
    // from here on the item cannot be taken back without the database
    own.mark = await transaction.mark();
    await send(allPuts.slice(ownPuts), allEdits.slice(ownEdits));
  }

  async function undo({ undo: steps, mark, puts: ownPuts, edits: ownEdits }: NonNullable<typeof own>): Promise<void> {
    if (mark === undefined) {
      puts.length = ownPuts;
      edits.length = ownEdits;
      for (const step of steps.reverse()) step();
      return;
    }
    puts = [];
    edits = [];
    known.forget();
    await mark.undo();
  }

  const batch: Batch = {
    each,
    async query<R extends Row>(text: string, values?: readonly unknown[]): Promise<readonly R[]> {
      inTime();
      await flush();
      return transaction.query<R>(text, values);
    },
    async publish(set, some, by) {
      edits.push({ set, edits: some, by });
      for (const { next } of some) size += JSON.stringify(next ?? null).length;
      return '';
    },
    mark: () => transaction.mark(),
    hint: (topic) => transaction.hint(topic),
    flush,
    async prepare(all, left) {
      toCome = left;
      known.forget();
      await known.prepare(all);
    },
    async item(work) {
      inTime();
      if (each || size > MOST_PENDING) await flush();
      const mine = {
        puts: puts.length,
        edits: edits.length,
        undo: [],
        mark: each ? await transaction.mark() : undefined,
      };
      own = mine;
      try {
        const value = await work();
        if (each) await flush();
        await own.mark?.keep();
        own = undefined;
        return value;
      } catch (thrown) {
        own = undefined;
        await undo(mine);
        throw thrown;
      } finally {
        toCome = Math.max(1, toCome - 1);
      }
    },
  };
  const known = knownResources(batch);
  lookThrough(batch, {
    async find<Spec, Status>(key: Key) {
      // what its spec is, its kind tells: as of a row of the table
      return (await known.find(key)) as Resource<Spec, Status> | undefined;
    },
    async findAll<Spec, Status>(alike: Parameters<typeof known.findAll>[0]) {
      return (await known.findAll(alike)) as readonly Resource<Spec, Status>[] | undefined;
    },
    requiring: (project) => known.requiring(project),
    async put<Spec, Status>(
      { kind, project, stage, id }: Key,
      content: { readonly spec: Spec; readonly status?: Status },
      before: Resource | undefined,
      change: PendingPut['change'],
    ) {
      const { version, at } = await nextVersion(toCome);
      const after = contentText(content);
      // as it comes back from the database, and nobody else has it
      const { spec, status = null } = JSON.parse(after) as { readonly spec: Spec; readonly status?: Status };
      const by = change.by.subject;
      const resource: Resource<Spec, Status> = {
        ...{ kind, project, stage, id, version, spec, status: status as Status },
        ...{ createdAt: before?.createdAt ?? at, createdBy: before?.createdBy ?? by, modifiedAt: at, modifiedBy: by },
      };
      const was = before === undefined ? null : contentText(before);
      puts.push({ resource, before: was, after, change });
      size += after.length + (was?.length ?? 0);
      const back = known.put(resource);
      own?.undo.push(back);
      return resource;
    },
  });
  return batch;
}

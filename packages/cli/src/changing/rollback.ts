import { isRecord } from '@flagwright/core';
import type { HistoryEntry, Saved, WriteOptions } from '@flagwright/server/client';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { age } from '../output/age.ts';
import { commandLine } from '../output/command-line.ts';
import { oneLine } from '../output/one-line.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { sessionOf } from '../session/session.ts';
import { confirmed } from '../terminal/confirm.ts';
import { isAsked } from './can-ask.ts';
import { changedMembers } from './changed-members.ts';
import { differenceLines } from './difference-lines.ts';
import { writesOf } from './dry-run.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { protectedHints } from './protected-hints.ts';
import { asArguments, inWords, resourcesFor, type Target, targetOf } from './target.ts';

/** `flagctl rollback`: makes a resource what it was after a version. Resolves to the exit code. */
export async function rollback(call: Call): Promise<number> {
  const asked = versionIn(call);
  const session = await sessionOf(call);
  const target = targetOf(session, call.noun!, call.args[0]!);
  const resources = resourcesFor(session.api, target);
  const { items } = await resources.history(target.id, { pageSize: 100 });
  const [now] = items;
  const version = asked ?? before(call, items, target).version;
  const { differences } = await resources.difference(target.id, now!.version, version);
  const lines = differences.length === 0 ? ['nothing changes'] : differenceLines(differences);
  call.world.err(
    `${safe(described(items, version, call.world.now()))}\n${lines.map((line) => `  ${safe(line)}\n`).join('')}`,
  );
  const comment = call.text('comment');
  const send = async (more: WriteOptions = {}): Promise<Saved<unknown>> => {
    try {
      return await resources.rollback(target.id, version, {
        ...writesOf(call),
        // what was shown is what is done, and what somebody else does meanwhile is not undone unseen
        ...(now?.after == null ? {} : { ifVersion: now.version }),
        ...(comment === undefined ? {} : { comment }),
        ...more,
      });
    } catch (thrown) {
      if (!isRefused(thrown, 'PROTECTED')) throw thrown;
      const refusal = refusalOf(thrown)!;
      const [is, was] = [now, items.find((entry) => entry.version === version)].map((entry) => entry?.after);
      const changes = isRecord(is) && isRecord(was) ? changedMembers(is.spec, was.spec) : undefined;
      throw await withHints(refusal, protectedHints(call, target, changes, refusal.members.stages));
    }
  };
  if (asked === undefined) {
    // a yes to what is refused helps nobody
    if (isAsked(call)) await send({ dryRun: true });
    if (!(await confirmed(call, safe(`Roll ${inWords(target)} back to version ${version}?`)))) {
      call.world.err('Nothing was changed\n');
      return 1;
    }
  }
  await tellSaved(call, await send());
  return 0;
}

/** The version that is asked for, by either of its two options; undefined: the one before. */
function versionIn(call: Call): string | undefined {
  const [one, other] = [call.text('to-version'), call.text('to')];
  if (one !== undefined && other !== undefined && one !== other) {
    throw new UsageError(`--to-version is ${JSON.stringify(one)}, and --to is ${JSON.stringify(other)}`, [
      'Say it once',
    ]);
  }
  const version = one ?? other;
  if (version === undefined || /^[1-9]\d{0,17}$/.test(version)) return version;
  throw new UsageError(`--to-version is ${JSON.stringify(version)}; expected a version, as 42`, [
    `Run 'flagctl history' to see the versions of a resource`,
  ]);
}

/** The change before the newest one that left something. Throws `CommandError` if there is none. */
function before(call: Call, items: readonly HistoryEntry[], target: Target): HistoryEntry {
  const found = items.slice(1).find(({ after }) => after !== null);
  if (found !== undefined) return found;
  throw new CommandError(EXIT.conflict, `${inWords(target)} has no earlier version to go back to`, [
    `Run '${commandLine(call, `history ${asArguments(target)}`)}' to see what was done to it`,
  ]);
}

function described(items: readonly HistoryEntry[], version: string, now: number): string {
  const entry = items.find((one) => one.version === version);
  if (entry === undefined) return `Back to version ${version}:`;
  const comment = entry.comment === null ? '' : `: ${entry.comment}`;
  return oneLine(
    `Back to version ${version}, ${entry.action} by ${entry.actor} ${age(Date.parse(entry.at), now)}${comment}`,
  );
}

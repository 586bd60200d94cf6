import { isRecord } from '@flagwright/core';
import type { Difference, HistoryEntry, Page } from '@flagwright/server/client';
import { differenceLines } from '../changing/difference-lines.ts';
import { type Field, fieldsText, linesOf } from '../output/fields.ts';
import { oneLine } from '../output/one-line.ts';
import type { Cell } from '../output/table.ts';
import type { Item } from './item.ts';
import { textIn, textsIn } from './members.ts';
import { segment } from './paths.ts';
import {
  type Described,
  type Describing,
  historySection,
  jsonOf,
  LAST_CHANGES,
  originFields,
  timeText,
} from './pieces.ts';

/** What of a request's spec is no change. */
const PLACES: ReadonlySet<string> = new Set([
  'projectId',
  'featureFlagId',
  'stageId',
  'featureFlagStageDefinitionVersion',
  'comment',
  'applyAt',
]);

/** A change request: what it asks for, whom that would move, and what became of it. */
export async function describeRequest(the: Describing, id: string): Promise<Described> {
  const { call } = the;
  const path = `/change-requests/${segment(id)}`;
  const changeRequest = await the.read(path);
  const status = changeRequest.status ?? {};
  const [effect, history] = await Promise.all([
    status.state === 'pending' ? the.perhaps<{ readonly text: string }>(`${path}/effect`) : undefined,
    the.perhaps<Page<HistoryEntry>>(`${path}/history`, LAST_CHANGES),
  ]);
  const { spec } = changeRequest;
  const fields: readonly Field[] = [
    ['Id', id],
    ['Project', textIn(spec, 'projectId')],
    ['Flag', textIn(spec, 'featureFlagId')],
    ['Stage', textIn(spec, 'stageId')],
    ['Status', stateCell(the, changeRequest)],
    ['Requester', textIn(status, 'requester')],
    ['Editors', Array.isArray(status.editors) ? textsIn(status.editors) : undefined],
    ['Comment', textIn(spec, 'comment')],
    ['For version', textIn(spec, 'featureFlagStageDefinitionVersion')],
    ['Apply at', textIn(spec, 'applyAt')],
    ['Approved', whoAndWhen(the, status, 'approvedBy', 'approvedAt')],
    ['Decided', whoAndWhen(the, status, 'decidedBy', 'decidedAt')],
    ['Decision', textIn(status, 'decisionComment')],
    ['Applied as', textIn(status, 'appliedVersion')],
    ...originFields(call, changeRequest),
    ['Changes', proposalLines(spec)],
    ['Effect', effect === undefined ? undefined : linesOf(effect.text)],
    ['Conflict', conflictLines(status.conflict)],
    [
      'Failure',
      isRecord(status.failure) ? linesOf(oneLine(`${status.failure.code}: ${status.failure.message}`)) : undefined,
    ],
  ];
  return {
    pieces: { changeRequest, effect, history },
    text: () => [fieldsText(fields), historySection(call, history)].filter((part) => part !== '').join('\n'),
  };
}

function stateCell({ style }: Describing, { status }: Item): Cell {
  const state = String(status?.state ?? '-');
  const waiting = state === 'pending' && status?.approvedBy !== undefined;
  return {
    text: waiting ? 'pending, approved for its time' : state,
    paint: state === 'pending' ? style.yellow : state === 'applied' ? style.green : style.dim,
  };
}

function whoAndWhen(
  { call }: Describing,
  status: Readonly<Record<string, unknown>>,
  who: string,
  when: string,
): string | undefined {
  const name = textIn(status, who);
  return name === undefined ? undefined : `by ${name}, ${timeText(call, status[when]) ?? 'at an unknown time'}`;
}

/** What it would make of the stage definition, a member each; null takes one out. */
function proposalLines(spec: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(spec).flatMap(([name, value]) => {
    if (PLACES.has(name)) return [];
    if (value === null) return linesOf(oneLine(`${name}: taken out`));
    if (typeof value !== 'object') return linesOf(oneLine(`${name}: ${String(value)}`));
    const [first = '', ...more] = jsonOf(value) ?? ['none'];
    return [`${linesOf(oneLine(name)).join('')}: ${first}`, ...more];
  });
}

/** What was found there instead of what the request was written for. */
function conflictLines(conflict: unknown): readonly string[] | undefined {
  if (!isRecord(conflict)) return undefined;
  const { currentVersion, flagVersion, difference } = conflict;
  return [
    ...linesOf(
      currentVersion === '0' ? 'the stage definition is gone' : `the stage definition has version ${currentVersion}`,
    ),
    ...(flagVersion === undefined ? [] : linesOf(`the flag decides otherwise since version ${flagVersion}`)),
    ...(Array.isArray(difference)
      ? differenceLines(difference as readonly Difference[]).flatMap((line) => linesOf(line))
      : []),
  ];
}

import type { Kind } from '../nouns/noun.ts';
import { age } from '../output/age.ts';
import type { Style } from '../output/style.ts';
import type { Cell } from '../output/table.ts';
import type { Column, Showing } from './column.ts';
import { flagColumns, stageColumns } from './flag-columns.ts';
import type { Item } from './item.ts';
import { isSaid, ownersOf, textIn, textsIn } from './members.ts';

/** The columns of a kind; flags in wide tables have one for each stage that some of the items know of. */
export function columnsOf(kind: Kind, items: readonly Item[], showing: Showing): readonly Column[] {
  const { wide, style, now } = showing;
  const text = (title: string, name: string, shrinks?: true): Column => ({
    title,
    ...(shrinks === undefined ? {} : { shrinks }),
    cell: ({ spec }) => textIn(spec, name) ?? '-',
  });
  const named = (title: string, name: 'project' | 'stage'): Column => ({
    title,
    cell: ({ metadata }) => metadata[name] ?? '-',
  });
  const counted = (title: string, name: string): Column => ({
    title,
    cell: ({ status }) => String(status?.[name] ?? '-'),
  });
  const modified: Column = {
    title: 'MODIFIED',
    cell: ({ modificationInfo }) => age(Date.parse(modificationInfo.lastModifiedTime), now),
  };
  const description = text('DESCRIPTION', 'description', true);
  const owners: Column = { title: 'OWNERS', cell: ({ spec }) => ownersOf(spec, wide) };
  const yes = (title: string, is: (item: Item) => boolean): Column => ({
    title,
    cell: (item) => (is(item) ? 'yes' : 'no'),
  });
  switch (kind) {
    case 'Project':
      return [NAME, description, owners, counted('STAGES', 'stages'), modified];
    case 'Stage':
      return [NAME, description, owners, counted('PROJECTS', 'projects'), modified];
    case 'ProjectStage':
      return [
        named('PROJECT', 'project'),
        { title: 'STAGE', cell: ({ id }) => id },
        yes('CHANGE REQUESTS ONLY', ({ spec }) => spec.requireChangeRequest === true),
        yes('SECOND APPROVER', ({ spec }) => spec.requireSecondApprover === true),
        modified,
      ];
    case 'FeatureFlag':
      return [...flagColumns(showing), ...(wide ? stageColumns(items, showing) : [ACTIVE]), modified];
    case 'FeatureFlagStage':
      return [
        named('PROJECT', 'project'),
        { title: 'FLAG', cell: ({ id }) => id },
        named('STAGE', 'stage'),
        { title: 'ENABLED', cell: ({ spec }) => enabledCell(spec.enabled, style) },
        text('DEFAULT', 'defaultVariant'),
        yes('TARGETING', ({ spec }) => isSaid(spec.targeting) || isSaid(spec.rules) || isSaid(spec.targets)),
        ...(wide ? [{ title: 'VERSION', cell: ({ version }: Item) => version }, modified] : []),
      ];
    case 'Context':
      return [NAME, text('TYPE', 'type'), description, ...(wide ? [modified] : [])];
    case 'ChangeRequest':
      return [
        { title: 'ID', cell: ({ id }) => id },
        text('PROJECT', 'projectId'),
        text('FLAG', 'featureFlagId'),
        text('STAGE', 'stageId'),
        { title: 'STATUS', cell: (item) => stateCell(item, style) },
        { title: 'CREATED', cell: ({ modificationInfo }) => age(Date.parse(modificationInfo.createdTime), now) },
        {
          title: 'REQUESTER',
          cell: ({ status, modificationInfo }) => String(status?.requester ?? modificationInfo.createdBy),
        },
        ...(wide
          ? [
              {
                title: 'DECIDED BY',
                cell: ({ status }: Item) => String(status?.decidedBy ?? status?.approvedBy ?? '-'),
              },
              text('COMMENT', 'comment', true),
            ]
          : []),
      ];
    case 'Template':
      return [
        NAME,
        { title: 'TYPE', cell: ({ spec }) => textIn(spec.flag, 'type') ?? '-' },
        description,
        { title: 'STAGES', cell: ({ spec }) => textsIn(Object.keys((spec.stages as object | undefined) ?? {}).sort()) },
        modified,
      ];
  }
}

const NAME: Column = { title: 'NAME', cell: ({ id }) => id };

const ACTIVE: Column = {
  title: 'STAGES ACTIVE',
  cell: ({ status }) => (status === undefined ? '-' : `${status.stagesActive ?? 0}/${status.stagesLinked ?? 0}`),
};

function enabledCell(enabled: unknown, style: Style): Cell {
  // what is not said is as the flag's own definition has it
  if (typeof enabled !== 'boolean') return '-';
  return { text: String(enabled), paint: enabled ? style.green : style.dim };
}

/** A request that is approved for later is still pending for filters; whoever looks for work need not look at it. */
function stateCell({ status }: Item, style: Style): Cell {
  const state = String(status?.state ?? '-');
  if (state === 'pending' && status?.approvedBy !== undefined) return { text: 'approved', paint: style.cyan };
  return { text: state, paint: state === 'pending' ? style.yellow : state === 'applied' ? style.green : style.dim };
}

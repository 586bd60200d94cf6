import { isRecord } from '@flagwright/core';
import type { HistoryEntry, Page } from '@flagwright/server/client';
import { effectiveFlag } from '@flagwright/server/model';
import { age } from '../output/age.ts';
import { type Field, fieldsText, linesOf } from '../output/fields.ts';
import { oneLine } from '../output/one-line.ts';
import type { Cell } from '../output/table.ts';
import { stagesOf } from './flag-columns.ts';
import type { Item } from './item.ts';
import { isSaid, textIn, textsIn } from './members.ts';
import { segment } from './paths.ts';
import {
  type Described,
  type Describing,
  decisionFields,
  historySection,
  jsonOf,
  LAST_CHANGES,
  nameFields,
  originFields,
  variantLines,
  yesNo,
} from './pieces.ts';
import { protectionText } from './protection.ts';
import type { FlagUsage } from './usage.ts';

interface Edge {
  readonly flag: string;
  readonly requires: string;
  readonly variation: string | number;
  readonly stages?: readonly string[];
}

interface Dependencies {
  readonly requires: readonly Edge[];
  readonly requiredBy: readonly Edge[];
}

/** A flag: its definition, what it does in each stage, what it requires, its last changes and its usage. */
export async function describeFlag(the: Describing, id: string): Promise<Described> {
  const { call, style } = the;
  const ofProject = `/projects/${segment(the.session.project(), 'project')}`;
  const path = `${ofProject}/feature-flags/${segment(id)}`;
  const featureFlag = await the.read(path);
  const filter = `featureFlagId = ${JSON.stringify(id)}`;
  const [definitions, links, dependencies, history, usage] = await Promise.all([
    the.all(`${ofProject}/feature-flag-stages`, { filter }),
    the.all(`${ofProject}/stages`),
    the.perhaps<Dependencies>(`${path}/dependencies`),
    the.perhaps<Page<HistoryEntry>>(`${path}/history`, LAST_CHANGES),
    the.perhaps<FlagUsage>(`${path}/usage`, { step: 'day' }),
  ]);
  const { spec, metadata } = featureFlag;
  const fields: readonly Field[] = [
    ...nameFields(featureFlag),
    ['Project', metadata.project],
    ['Type', textIn(spec, 'type')],
    ['Enabled', `${spec.enabled === true ? 'yes' : 'no'}, where a stage does not say`],
    ['Archived', spec.archived === true ? yesNo(true, style) : undefined],
    ['Owner', textIn(spec, 'owner')],
    ['Tags', isSaid(spec.tags) ? textsIn(spec.tags) : undefined],
    ['Metadata', isRecord(spec.metadata) && isSaid(Object.keys(spec.metadata)) ? jsonOf(spec.metadata) : undefined],
    ...originFields(call, featureFlag),
    ['Variants', variantLines(spec)],
    ...decisionFields(spec),
    ['Salt', textIn(spec, 'salt')],
    ['Requires', edgeLines(dependencies?.requires ?? [], id, 'requires')],
    ['Required by', edgeLines(dependencies?.requiredBy ?? [], id, 'requiredBy')],
  ];
  return {
    pieces: { featureFlag, stageDefinitions: definitions, links, dependencies, history, usage },
    text: () =>
      [
        fieldsText(fields),
        stagesSection(the, featureFlag, definitions, links),
        historySection(call, history),
        usageSection(the, usage),
      ]
        .filter((part) => part !== '')
        .join('\n'),
  };
}

/** What the flag requires, or is required by, directly and over others; where it is so only in some stages, in which. */
function edgeLines(edges: readonly Edge[], id: string, side: keyof Dependencies): readonly string[] {
  return edges.flatMap(({ flag, requires, variation, stages }) => {
    const where = stages === undefined ? '' : `, in ${stages.join(', ')}`;
    const direct = side === 'requires' ? flag === id : requires === id;
    if (side === 'requires') {
      return linesOf(oneLine(`${direct ? '' : `${flag} requires `}${requires} serves ${variation}${where}`));
    }
    return linesOf(oneLine(`${flag} (${direct ? '' : `of ${requires}, `}that it serves ${variation}${where})`));
  });
}

/** Each linked stage, and what the flag does there. */
function stagesSection(the: Describing, flag: Item, definitions: readonly Item[], links: readonly Item[]): string {
  const { call, style } = the;
  const stages = stagesOf(flag);
  if (stages.size === 0) return 'Stages: the project is linked to none\n';
  const parts = [...stages].map(([stage, { enabled }]) => {
    const definition = definitions.find(({ metadata }) => metadata.stage === stage);
    const link = links.find(({ id }) => id === stage);
    const fields: readonly Field[] = [
      ['Enabled', yesNo(enabled, style)],
      ['Protected', link === undefined ? undefined : protectionText(link)],
      ...(definition === undefined
        ? ([['Definition', "none: the flag's own holds"]] as const)
        : [...decisionFields(definition.spec), ...originFields(call, definition)]),
    ];
    return `${linesOf(stage, '  ').join('')}:\n${fieldsText(fields, '    ')}`;
  });
  return `Stages:\n${parts.join('')}`;
}

function usageSection({ call }: Describing, usage: FlagUsage | undefined): string {
  if (usage === undefined || usage.lastSeen === null) return '';
  const fields = usage.stages.map(({ stage, total, lastSeen }): Field => {
    return [stage, `${total} in 30 days, last seen ${age(Date.parse(lastSeen), call.world.now())}`];
  });
  return `Usage:\n${fieldsText(fields, '  ')}`;
}

/** A stage definition: what the stage says, what it then serves, and its last changes. */
export async function describeDefinition(the: Describing, id: string): Promise<Described> {
  const { call, session, style } = the;
  const ofProject = `/projects/${segment(session.project(), 'project')}`;
  const stage = session.stage();
  const path = `${ofProject}/stages/${segment(stage, 'stage')}/feature-flags/${segment(id)}`;
  const stageDefinition = await the.read(path);
  const [featureFlag, link, history] = await Promise.all([
    the.perhaps(`${ofProject}/feature-flags/${segment(id)}`),
    the.perhaps(`${ofProject}/stages/${segment(stage, 'stage')}`),
    the.perhaps<Page<HistoryEntry>>(`${path}/history`, LAST_CHANGES),
  ]);
  const effective =
    featureFlag === undefined
      ? undefined
      : (effectiveFlag(featureFlag.spec as never, stageDefinition.spec) as Readonly<Record<string, unknown>>);
  const served = effective ?? stageDefinition.spec;
  const enabled: Cell = yesNo(served.enabled === true, style);
  const inherited = effective === undefined ? [] : inheritedMembers(stageDefinition.spec, effective);
  const fields: readonly Field[] = [
    ['Flag', id],
    ['Project', stageDefinition.metadata.project],
    ['Stage', stageDefinition.metadata.stage],
    ['Enabled', enabled],
    ['Archived', featureFlag?.spec.archived === true ? yesNo(true, style) : undefined],
    ['Linked', link === undefined ? 'no: it serves nothing until the stage is linked' : undefined],
    ['Protected', link === undefined ? undefined : protectionText(link)],
    ['Type', textIn(featureFlag?.spec, 'type')],
    ["From the flag's own", inherited.length === 0 ? undefined : inherited.join(', ')],
    ...originFields(call, stageDefinition),
    ['Variants', effective === undefined ? [] : variantLines(effective)],
    ...decisionFields(served),
  ];
  return {
    pieces: { stageDefinition, featureFlag, effectiveFlag: effective, link, history },
    text: () => [fieldsText(fields), historySection(call, history)].filter((part) => part !== '').join('\n'),
  };
}

/** What the stage leaves to the flag's own definition, of what both may say. */
function inheritedMembers(
  own: Readonly<Record<string, unknown>>,
  effective: Readonly<Record<string, unknown>>,
): readonly string[] {
  return ['enabled', 'defaultVariant', 'offVariant', 'prerequisites'].filter(
    (name) => own[name] === undefined && isSaid(effective[name]),
  );
}

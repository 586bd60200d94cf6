import type { Kind } from '../nouns/noun.ts';
import { NOUNS, nounOfKind } from '../nouns/noun.ts';
import type { Command, Option } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

/** A change request is of no place by itself: what it asks for is. */
const PLACED: Readonly<Record<string, readonly Kind[]>> = {
  project: NOUNS.filter(({ kind, scope }) => scope !== 'global' || kind === 'ChangeRequest').map(({ kind }) => kind),
  stage: NOUNS.filter(({ kind, scope }) => scope === 'stage' || kind === 'ChangeRequest').map(({ kind }) => kind),
};

/**
 * The kinds of resource that an option of a command goes with, of those that the command takes; undefined: all. The project
 * and the stage that all commands have go with what is in one: of any other resource they would be passed over unseen.
 */
export function kindsOf(option: Option, { kinds }: Pick<Command, 'kinds'>): readonly Kind[] | undefined {
  const own = option.kinds ?? (GLOBAL_OPTIONS.includes(option) ? PLACED[option.name] : undefined);
  return kinds === undefined ? own : own?.filter((kind) => kinds.includes(kind));
}

/** What to do instead where an option does not go with a kind: hints. */
export function insteadOf({ name, instead }: Option, kind: Kind): readonly string[] {
  const own = instead?.[kind];
  if (own !== undefined) return [own];
  if (name !== 'project' && name !== 'stage') return [];
  if (kind === 'FeatureFlag') return ['Did you mean ffs?'];
  if (kind === 'Stage') return [`A stage is one for all projects; what it is in one is project-stage (ps)`];
  if (kind === 'ProjectStage') return ['The stage of a link is its id'];
  if (kind === 'Project' && name === 'project') return ['Its id alone says which project it is'];
  return [`Leave it out: ${nounOfKind(kind).many} are in no ${name}`];
}

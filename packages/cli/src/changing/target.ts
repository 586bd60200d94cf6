import type { ControlPlane, Resources } from '@flagwright/server/client';
import { type Kind, type Noun, nounOfKind } from '../nouns/noun.ts';
import { shellWord } from '../output/shell-word.ts';
import { resourcesOf } from '../session/resources.ts';
import type { Session } from '../session/session.ts';

/** A resource that a command line or a file is about. */
export interface Target {
  readonly kind: Kind;
  /** A stage definition has that of its flag, a link that of its stage. */
  readonly id: string;
  /** Empty where the kind is in no project. */
  readonly project: string;
  /** Empty where the kind is in no stage. */
  readonly stage: string;
}

/** A resource by its id, where the command is. Throws `UsageError` if nobody said which project or stage. */
export function targetOf(session: Session, { kind, scope }: Noun, id: string): Target {
  return {
    kind,
    id,
    project: scope === 'global' ? '' : session.project(),
    stage: scope === 'stage' ? session.stage() : '',
  };
}

/** The resources among which a target is. */
export function resourcesFor(api: ControlPlane, { kind, project, stage }: Target): Resources<unknown> {
  return resourcesOf(
    api,
    kind,
    () => project,
    () => stage,
  );
}

/** A target in words: `feature flag "x" of project "p"`. */
export function inWords({ kind, id, project, stage }: Target): string {
  const name = JSON.stringify(id);
  const { one } = nounOfKind(kind);
  const what = kind === 'FeatureFlagStage' ? `${one} of feature flag ${name}` : `${one} ${name}`;
  const where = stage === '' ? '' : ` in stage ${JSON.stringify(stage)}`;
  return `${what}${where}${project === '' ? '' : ` of project ${JSON.stringify(project)}`}`;
}

/** A target as a command line names it: `ff x --project p`. */
export function asArguments({ kind, id, project, stage }: Target): string {
  const noun = nounOfKind(kind);
  const name = noun.scope === 'global' && kind !== 'ChangeRequest' ? noun.name : noun.short;
  return [name, id, ...(project === '' ? [] : ['--project', project]), ...(stage === '' ? [] : ['--stage', stage])]
    .filter((word) => word !== '')
    .map(shellWord)
    .join(' ');
}

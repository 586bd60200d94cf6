import { demand } from '../access/principal.ts';
import { Problem } from '../http/problem.ts';
import { checkProtection, type FlagChange } from '../publish/publish.ts';
import type { Landed, Scene } from './rules.ts';

/**
 * Whether a change goes past a protection: that is refused, with the hint, but for those who insist and may approve where
 * it does. Throws `Problem`: `PROTECTED`, `FORBIDDEN`.
 */
export function protect<Spec>({ who, force, key }: Scene<Spec>, change: FlagChange, hint: string): Landed {
  try {
    checkProtection(change, hint);
    return {};
  } catch (problem) {
    if (!force || !(problem instanceof Problem)) throw problem;
    for (const stage of problem.members.stages as readonly string[]) {
      demand(who, 'approve', { project: key.project, stage });
    }
    return { forced: true };
  }
}

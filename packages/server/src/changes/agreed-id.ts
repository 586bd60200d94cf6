import { preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';

/** What the manifest of a request says of its names, by its schema. */
interface Named {
  readonly id?: string;
  readonly metadata?: Readonly<Partial<Record<'id' | 'project' | 'stage' | 'featureFlagId', string>>>;
  readonly spec: Readonly<Partial<Record<'projectId' | 'stageId' | 'featureFlagId', unknown>>>;
}

/** A number of PostgreSQL fits it, and its text is short. */
const ID = /^cr-[1-9]\d{0,17}$/;

/**
 * The id that a request is to have; undefined: the next number. What a manifest and the address say more than once must be
 * the same. Throws `Problem('INVALID_ARGUMENT')`.
 */
export function agreedId(body: unknown, there: string | undefined): string | undefined {
  // of the shape of the schema, which the router has checked
  const { id, metadata = {}, spec } = body as Named;
  agree('metadata.project', metadata.project, spec.projectId);
  agree('metadata.stage', metadata.stage, spec.stageId);
  agree('metadata.featureFlagId', metadata.featureFlagId, spec.featureFlagId);
  agree('id', id, metadata.id ?? there);
  agree('metadata.id', metadata.id, there);
  const chosen = there ?? metadata.id ?? id;
  if (chosen === undefined || ID.test(chosen)) return chosen;
  throw new Problem('INVALID_ARGUMENT', `the id of a change request is ${preview(chosen)}; expected cr-<number>`, {
    hint: 'leave it out: requests are numbered',
  });
}

function agree(field: string, said: string | undefined, elsewhere: unknown): void {
  if (said === undefined || elsewhere === undefined || said === elsewhere) return;
  throw new Problem(
    'INVALID_ARGUMENT',
    `${field} is ${preview(said)}, and elsewhere the request says ${preview(elsewhere)}`,
  );
}

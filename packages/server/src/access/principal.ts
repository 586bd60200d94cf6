import { Problem } from '../http/problem.ts';

/** What a token is for. Each of the first four may do all that the one before it may. */
export type Role = 'viewer' | 'editor' | 'approver' | 'admin' | 'sdk';

/**
 * What somebody wants to do.
 *
 * - `read`: look at resources, their history, and evaluate
 * - `write`: change flags, stage definitions and context attributes, and ask for changes
 * - `approve`: decide on change requests, and force a change past a protection
 * - `administer`: projects, stages, links and their protection, tokens, webhooks
 * - `evaluate`: read the flags of a stage, or evaluate them, as an application does
 */
export type Verb = 'read' | 'write' | 'approve' | 'administer' | 'evaluate';

/** Where: nothing given is the whole server. */
export interface Place {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
}

/** Who asks. */
export interface Principal {
  /** The person or program, as the history names it; several tokens may be one subject's. */
  readonly subject: string;
  /** The id of the token; undefined where none is asked for. */
  readonly token: string | undefined;
  readonly role: Role;
  /** The projects the token is for; undefined: all. */
  readonly projects: readonly string[] | undefined;
  /** The stages the token is for; undefined: all. */
  readonly stages: readonly string[] | undefined;
  /**
   * The database is away, so the token could not be looked up again, but was good less than a minute ago: it may go on to
   * evaluate, for flags must be there, and nothing else.
   */
  readonly provisional?: boolean | undefined;
}

/** What somebody may do, and where. */
export type Grant = Pick<Principal, 'role' | 'projects' | 'stages'>;

const MAY: Readonly<Record<Role, readonly Verb[]>> = {
  sdk: ['evaluate'],
  viewer: ['read', 'evaluate'],
  editor: ['read', 'evaluate', 'write'],
  approver: ['read', 'evaluate', 'write', 'approve'],
  admin: ['read', 'evaluate', 'write', 'approve', 'administer'],
};

/** All roles, from the one that may do least. */
export const ROLES: readonly Role[] = Object.keys(MAY) as Role[];

/** What a role may do. */
export function verbsOf(role: Role): readonly Verb[] {
  return MAY[role];
}

/** Whether a grant has all that another one has, so that who has the one may give the other. */
export function covers(one: Grant, other: Grant): boolean {
  const has = (mine: readonly string[] | undefined, others: readonly string[] | undefined): boolean =>
    mine === undefined || (others?.every((id) => mine.includes(id)) ?? false);
  return (
    MAY[other.role].every((verb) => MAY[one.role].includes(verb)) &&
    has(one.projects, other.projects) &&
    has(one.stages, other.stages)
  );
}

/**
 * Whether somebody may do something at a place. A token for some projects may do nothing to the whole server but read
 * what is shown to all of its kind, and lists leave out what it may not see; likewise for stages: it may read what a
 * project's stages have in common, and write only what belongs to one of its own.
 */
export function may(who: Principal, verb: Verb, { project, stage }: Place): boolean {
  if (!MAY[who.role].includes(verb)) return false;
  if (who.provisional === true && verb !== 'evaluate') return false;
  const looking = verb === 'read';
  return within(who.projects, project, looking) && within(who.stages, stage, looking);
}

function within(allowed: readonly string[] | undefined, asked: string | undefined, looking: boolean): boolean {
  if (allowed === undefined) return true;
  return asked === undefined ? looking : allowed.includes(asked);
}

/**
 * Throws `Problem('FORBIDDEN')` for what somebody may not do; `NOT_FOUND`-like secrecy is not attempted: ids are no
 * secrets. `UNAVAILABLE` for what cannot be told while the database is away.
 */
export function demand(who: Principal, verb: Verb, place: Place): void {
  if (may(who, verb, place)) return;
  if (who.provisional === true && may({ ...who, provisional: false }, verb, place)) throw away();
  const where = [
    ...(place.project === undefined ? [] : [`project ${JSON.stringify(place.project)}`]),
    ...(place.stage === undefined ? [] : [`stage ${JSON.stringify(place.stage)}`]),
  ].join(', ');
  const able = MAY[who.role].includes(verb);
  const what = able
    ? `this token is not for ${where === '' ? 'the whole server' : where}`
    : `the role ${who.role} may not ${verb}`;
  const roles = Object.keys(MAY).filter((role) => MAY[role as Role].includes(verb));
  throw new Problem('FORBIDDEN', `${what}${able || where === '' ? '' : ` in ${where}`}`, {
    hint: able ? 'ask for a token that is' : `ask for a token with the role ${roles.join(' or ')}`,
  });
}

/** Whether a token is good cannot be told now. */
export function away(cause?: unknown): Problem {
  return new Problem('UNAVAILABLE', 'the database of the server cannot be asked whether the token is good', {
    hint: 'try again in a few seconds',
    headers: { 'retry-after': '2' },
    ...(cause === undefined ? {} : { cause }),
  });
}

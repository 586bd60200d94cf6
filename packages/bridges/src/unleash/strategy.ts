import type { UnleashStrategy } from './client.ts';

/** Attributes of the context of which one must be there for a split to hold. */
export type Need = readonly string[];

/** How a strategy decides, as far as its definition alone tells. */
export interface Nature {
  /** `always` on, whoever asks; on for a share (`split`) of those who meet its conditions; or by conditions (`targeted`). */
  readonly kind: 'always' | 'split' | 'targeted';
  /** It has constraints or segments. */
  readonly conditional: boolean;
  /** What its share is chosen by; undefined if by nothing that could be missing. */
  readonly need: Need | undefined;
}

const USER: Need = ['userId'];
const SESSION: Need = ['sessionId'];
const USER_OR_SESSION: Need = ['userId', 'sessionId'];

/** What the definition of a strategy says. Of custom strategies, only that they decide by conditions. */
export function natureOf(strategy: UnleashStrategy): Nature {
  const { name, constraints, segments } = strategy;
  const parameters = strategy.parameters ?? {};
  const conditional = (constraints?.length ?? 0) + (segments?.length ?? 0) > 0;
  switch (name) {
    case 'default':
      return { kind: conditional ? 'targeted' : 'always', conditional, need: undefined };
    case 'flexibleRollout':
      return share(parameters.rollout, conditional, rolloutNeed(parameters.stickiness));
    case 'gradualRolloutUserId':
      return share(parameters.percentage, conditional, USER);
    case 'gradualRolloutSessionId':
      return share(parameters.percentage, conditional, SESSION);
    case 'gradualRolloutRandom':
      return share(parameters.percentage, conditional, undefined);
    default:
      return { kind: 'targeted', conditional, need: undefined };
  }
}

function share(percentage: unknown, conditional: boolean, need: Need | undefined): Nature {
  const percent = Number(percentage);
  if (!(percent > 0)) return { kind: 'targeted', conditional, need: undefined };
  if (percent < 100) return { kind: 'split', conditional, need };
  // where anything will do to be random by, everybody is in; where one attribute must be there, its owners are
  const everybody = need === undefined || need === USER_OR_SESSION;
  return everybody
    ? { kind: conditional ? 'targeted' : 'always', conditional, need: undefined }
    : { kind: 'targeted', conditional, need };
}

/** Chosen at random by design, there is no need; by default, Unleash is random only if it must be. */
function rolloutNeed(stickiness: unknown): Need | undefined {
  if (typeof stickiness !== 'string' || stickiness === '' || stickiness === 'default') return USER_OR_SESSION;
  return stickiness === 'random' ? undefined : [stickiness];
}

const ANYBODY: Need = ['userId', 'sessionId', 'remoteAddress'];

/**
 * What a variant is chosen by. Unlike a rollout, that by default may be the address; and a stickiness that is empty is an
 * attribute without a name, which nobody has.
 */
export function variantNeed(stickiness: unknown): Need | undefined {
  if (stickiness === undefined || stickiness === null || stickiness === 'default') return ANYBODY;
  return stickiness === 'random' ? undefined : [String(stickiness)];
}

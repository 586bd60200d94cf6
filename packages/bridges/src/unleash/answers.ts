import type { EvaluationContext, JsonValue, Metadata, ResolutionDetails, ResolvedType } from '@flagwright/core';
import { engineReasonOf } from '@flagwright/core';
import { failed, left, listed, served } from '../answer.ts';
import type { UnleashClient, UnleashContext, UnleashFlag, UnleashVariant } from './client.ts';
import { unleashContext } from './context.ts';
import { isFlag } from './difference.ts';
import { defaultsOf } from './internals.ts';
import { type Content, contentOf } from './payload.ts';
import { type Profile, profileOf } from './profile.ts';
import type { Need } from './strategy.ts';

/** How flags are asked, of a client or without being counted. */
export interface Engine {
  isEnabled(name: string, context: UnleashContext): boolean;
  getVariant(name: string, context: UnleashContext): UnleashVariant;
}

/** How a flag is answered. */
export interface AnswerOptions {
  readonly requireBucketingKey: boolean;
  /** Told of a flag that splits by what the context lacks, and what that is. */
  readonly onMissing: (key: string, need: Need) => void;
}

/** The definition of a flag; undefined if there is none of this name. */
export function definitionOf(client: UnleashClient, key: string): UnleashFlag | undefined {
  // the client looks up `constructor` and finds one; counting it, it would write to what all objects share
  if (key in Object.prototype) return undefined;
  const flag: unknown = client.getFeatureToggleDefinition(key);
  return isFlag(flag) && flag.name === key ? flag : undefined;
}

/** The answer for one flag, in the type that was asked for. Counts it, once. May throw what the client throws. */
export function answer<T extends JsonValue>(
  client: UnleashClient,
  type: ResolvedType,
  key: string,
  fallback: T,
  context: EvaluationContext,
  options: AnswerOptions,
): ResolutionDetails<T> {
  const flag = definitionOf(client, key);
  if (flag === undefined) {
    // as the client does: Unleash lists the flags that are asked for and are not there
    if (!(key in Object.prototype)) client.count(key, false);
    return failed(fallback, 'FLAG_NOT_FOUND', `there is no flag ${shown(key)}`);
  }
  const profile = profileOf(flag);
  if (profile.problem !== undefined) return unusable(fallback, key, profile.problem);
  if (type !== 'boolean' && !profile.hasVariants) {
    const why = `flag ${shown(key)} has no variants, so it serves a boolean, and ${type} was asked for`;
    return failed(fallback, 'TYPE_MISMATCH', why);
  }
  return ask(client, flag, profile, { client, type, fallback, context: unleashContext(context), options });
}

/** What a flag serves, in the type of what it serves. */
export function listing(
  client: UnleashClient,
  engine: Engine,
  key: string,
  flag: UnleashFlag,
  context: UnleashContext,
  options: AnswerOptions,
): ResolutionDetails {
  const profile = profileOf(flag);
  if (profile.problem !== undefined) return unusable(undefined, key, profile.problem);
  const type = profile.hasVariants ? undefined : 'boolean';
  return ask(engine, flag, profile, { client, type, fallback: undefined, context, options });
}

interface Question<T> {
  readonly client: UnleashClient;
  /** Undefined: whatever the flag's variants serve. */
  readonly type: ResolvedType | undefined;
  readonly fallback: T;
  readonly context: UnleashContext;
  readonly options: AnswerOptions;
}

function ask<T extends JsonValue | undefined>(
  engine: Engine,
  flag: UnleashFlag,
  profile: Profile,
  { client, type, fallback, context, options }: Question<T>,
): ResolutionDetails<T> {
  const { name } = flag;
  const need = missing(client, profile, type !== 'boolean', context);
  if (need !== undefined) {
    options.onMissing(name, need);
    if (options.requireBucketingKey) {
      const why = `flag ${shown(name)} splits users by ${attributes(need)}, of which the context has none`;
      return failed(fallback, 'TARGETING_KEY_MISSING', why);
    }
  }
  const facts = (reason: string, on: boolean): Metadata => metadataOf(flag, reason, on, need !== undefined);
  if (type === 'boolean') {
    // a strategy of one's own may answer anything
    const on = Boolean(engine.isEnabled(name, context));
    const reason = on ? profile.on : profile.off;
    return served(type, fallback as JsonValue, {
      value: on,
      reason,
      metadata: facts(reason, on),
    }) as ResolutionDetails<T>;
  }
  const variant = engine.getVariant(name, context);
  const on = Boolean(variant.feature_enabled ?? variant.enabled);
  if (!variant.enabled) {
    // no variant: the caller's fallback. Off for the want of a match is no reason of its own for a value that is not ours
    const reason = on || profile.off === 'SPLIT' ? 'DEFAULT' : profile.off;
    return left(fallback, reason, facts(reason, on));
  }
  return ofVariant(type, fallback, flag, variant, facts(profile.variant, on));
}

function ofVariant<T extends JsonValue | undefined>(
  type: ResolvedType | undefined,
  fallback: T,
  flag: UnleashFlag,
  { name, payload }: UnleashVariant,
  metadata: Metadata,
): ResolutionDetails<T> {
  const { variant: reason } = profileOf(flag);
  // a variant without a payload is known by its name
  const content: Content =
    payload === undefined || payload === null ? { type: 'string', value: name } : contentOf(payload);
  if (content.problem !== undefined) {
    const why = `the payload of variant ${shown(name)} of flag ${shown(flag.name)} ${content.problem}`;
    return failed(fallback, 'PARSE_ERROR', why, metadata);
  }
  const asked = type ?? content.type;
  const value = asked === content.type ? content.value : asked === 'string' ? content.text : undefined;
  if (value === undefined) {
    const what = payload === undefined || payload === null ? 'no payload' : `a ${payload.type} payload`;
    const why = `variant ${shown(name)} of flag ${shown(flag.name)} has ${what}, and ${asked} was asked for`;
    return failed(fallback, 'TYPE_MISMATCH', why, metadata);
  }
  const said = { value, variant: name, reason, metadata };
  return (type === undefined ? listed(said) : served(type, fallback as JsonValue, said)) as ResolutionDetails<T>;
}

function unusable<T>(fallback: T, key: string, problem: string): ResolutionDetails<T> {
  return failed(fallback, 'PARSE_ERROR', `the definition of flag ${shown(key)} cannot be used: ${problem}`);
}

/** The first need that a context does not meet, of a flag or of those it depends on; for a variant, or for being on. */
function missing(
  client: UnleashClient,
  { needs, variantNeeds, parents }: Profile,
  forVariant: boolean,
  context: UnleashContext,
): Need | undefined {
  const unmet = unmetOf(client, forVariant ? variantNeeds : needs, context);
  if (unmet !== undefined) return unmet;
  for (const { feature, variants } of parents) {
    const parent = definitionOf(client, feature);
    const profile = parent === undefined ? undefined : profileOf(parent);
    // where a parent depends on another, the client takes this flag for off
    if (profile === undefined || profile.parents.length > 0) continue;
    const ofVariant = (variants?.length ?? 0) > 0;
    const theirs = unmetOf(client, ofVariant ? profile.variantNeeds : profile.needs, context);
    if (theirs !== undefined) return theirs;
  }
  return undefined;
}

function unmetOf(client: UnleashClient, needs: readonly Need[], context: UnleashContext): Need | undefined {
  for (const need of needs) {
    if (need.every((field) => !(context[field] ?? context.properties?.[field] ?? defaultsOf(client)[field])))
      return need;
  }
  return undefined;
}

/** Attributes as a message may show them. */
export function attributes(need: Need): string {
  return need.map((name) => (name === '' ? 'an attribute without a name' : shown(name))).join(' or ');
}

const known = new WeakMap<object, Map<string, Metadata[]>>();

/** The frozen facts of an answer, made once for each of the few that a flag can give. */
function metadataOf(flag: UnleashFlag, reason: string, on: boolean, bucketingKeyMissing: boolean): Metadata {
  let byReason = known.get(flag);
  if (byReason === undefined) {
    byReason = new Map();
    known.set(flag, byReason);
  }
  let four = byReason.get(reason);
  if (four === undefined) {
    four = [];
    byReason.set(reason, four);
  }
  const index = (on ? 1 : 0) + (bucketingKeyMissing ? 2 : 0);
  four[index] ??= Object.freeze({
    engineReason: engineReasonOf(reason) ?? 'FALLTHROUGH',
    featureEnabled: on,
    ...(typeof flag.project === 'string' ? { project: flag.project } : undefined),
    ...(bucketingKeyMissing ? { bucketingKeyMissing } : undefined),
  });
  return four[index];
}

/** A key as a message may show it. */
function shown(key: string): string {
  return key.length > 100 ? `${key.slice(0, 100)}…` : key;
}

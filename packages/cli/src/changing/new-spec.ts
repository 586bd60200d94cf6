import { isRecord, oneOf } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type Kind, nounOfKind } from '../nouns/noun.ts';
import type { Session } from '../session/session.ts';
import { decisionsOf } from './decisions.ts';
import { givenText, jsonOf } from './given-json.ts';
import { ownerIn, TYPES, textsIn, typeIn } from './members.ts';

type Spec = Readonly<Record<string, unknown>>;

/** The spec of a new resource, by the options. Throws `UsageError`, `CommandError`. */
export async function specFor(call: Call, session: Session, kind: Kind): Promise<Spec> {
  const [id] = call.args;
  const name = call.text('name');
  if (id === undefined && name === undefined && kind !== 'ChangeRequest') {
    const { one } = nounOfKind(kind);
    throw new UsageError(
      kind === 'FeatureFlagStage' ? 'which feature flag? Its id is missing' : `the ${one} has no id; expected one`,
      kind === 'FeatureFlagStage' ? [] : ['Or say --name: the id is made of it'],
    );
  }
  switch (kind) {
    case 'Project':
    case 'Stage':
      return { ...textsIn(call), ...(call.has('owner') ? { owners: call.texts('owner') } : {}) };
    case 'Context': {
      const type = typeIn(call, kind);
      if (type === undefined) throw missingType(kind);
      return { ...textsIn(call), type };
    }
    case 'FeatureFlag':
      return await flagSpec(call);
    case 'FeatureFlagStage':
      return withoutNulls({ ...(await decisionsOf(call)) });
    case 'ChangeRequest':
      return await requestSpec(call, session);
    default:
      throw new UsageError(`a ${nounOfKind(kind).one} is created from a file: say -f <file>`);
  }
}

async function flagSpec(call: Call): Promise<Spec> {
  const given = await givenText(call, 'variants');
  const variants = given === undefined ? undefined : jsonOf(given);
  if (given !== undefined && !isRecord(variants) && !Array.isArray(variants)) {
    throw new UsageError(`${given.where} is ${JSON.stringify(variants)}; expected a map of name to value, or a list`);
  }
  if (given !== undefined && Object.keys(variants as object).length === 0) {
    throw new UsageError(`${given.where} has no variants; expected some, as {"on": true, "off": false}`);
  }
  const type = typeIn(call, 'FeatureFlag') ?? (variants === undefined ? undefined : typeOf(variants as object));
  if (type === undefined) throw missingType('FeatureFlag');
  const { enabled, defaultVariant } = await decisionsOf(call);
  const tags = call.texts('tag');
  return {
    ...textsIn(call),
    type,
    ...(variants === undefined ? {} : { variants }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(defaultVariant === undefined ? {} : { defaultVariant }),
    ...ownerIn(call),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

const TYPE_OF: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  string: 'STRING',
  number: 'NUMBER',
  object: 'OBJECT',
};

/** The type that all values are of; undefined if there are none, or of several. */
function typeOf(variants: object): string | undefined {
  const values: readonly unknown[] = Array.isArray(variants)
    ? variants.map((one) => (isRecord(one) ? one.value : undefined))
    : Object.values(variants);
  const types = new Set(values.map((value) => (value === null ? undefined : TYPE_OF[typeof value])));
  const [type, ...others] = types;
  return others.length === 0 ? type : undefined;
}

function missingType(kind: keyof typeof TYPES): UsageError {
  return new UsageError(
    `--type is missing; expected ${oneOf(TYPES[kind])}`,
    kind === 'FeatureFlag' ? ['It may be left out where all --variants are of one type'] : [],
  );
}

async function requestSpec(call: Call, session: Session): Promise<Spec> {
  const [project, stage] = [session.project(), session.stage()];
  const flag = call.text('feature-flag');
  if (flag === undefined) throw new UsageError('which feature flag? Say it by --feature-flag <id>');
  const decisions = await decisionsOf(call);
  if (Object.keys(decisions).length === 0) {
    throw new UsageError('the change request changes nothing', [
      'Say what to change by --enabled, --default-variant, --off-variant or --targeting; or all of it by -f <file>',
    ]);
  }
  const [comment, applyAt] = [call.text('comment'), call.text('apply-at')];
  return {
    projectId: project,
    featureFlagId: flag,
    stageId: stage,
    ...decisions,
    ...(comment === undefined ? {} : { comment }),
    ...(applyAt === undefined ? {} : { applyAt }),
  };
}

/** What is null says nothing in a new definition. */
function withoutNulls(spec: Spec): Spec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null));
}

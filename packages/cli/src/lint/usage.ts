import { type ClauseDefinition, USUAL_ATTRIBUTES } from '@flagwright/core';
import { variablesIn } from './logic.ts';
import type { SetView } from './view.ts';

/** Where an attribute is named. */
export interface Mention {
  readonly path: readonly (string | number)[];
  /** The flag, segment or evaluator it is in. */
  readonly owner: string;
}

const remembered = new WeakMap<SetView, ReadonlyMap<string, readonly Mention[]>>();

/** Every attribute that flags, segments and shared evaluators name, with all places. */
export function mentionsIn(set: SetView): ReadonlyMap<string, readonly Mention[]> {
  let mentions = remembered.get(set);
  if (mentions === undefined) {
    mentions = collect(set);
    remembered.set(set, mentions);
  }
  return mentions;
}

function collect({ flags, document }: SetView): ReadonlyMap<string, readonly Mention[]> {
  const mentions = new Map<string, Mention[]>();
  const note = (name: string | undefined, mention: Mention): void => {
    if (name === undefined || name === '' || name.startsWith('$flagd.')) return;
    const list = mentions.get(name);
    if (list === undefined) mentions.set(name, [mention]);
    else list.push(mention);
  };
  const clauses = (list: readonly ClauseDefinition[] = [], path: Mention['path'], owner: string): void => {
    for (const [i, { attribute }] of list.entries()) {
      if (attribute !== undefined) note(attribute, { path: [...path, 'clauses', i, 'attribute'], owner });
    }
  };
  for (const { key, path, definition, logic } of flags.values()) {
    const owner = `flag ${key}`;
    for (const [i, rule] of (definition.rules ?? []).entries()) {
      clauses(rule.clauses, [...path, 'rules', i], owner);
      note(rule.rollout?.bucketBy, { path: [...path, 'rules', i, 'rollout', 'bucketBy'], owner });
    }
    const { fallthrough } = definition;
    if (typeof fallthrough === 'object') {
      note(fallthrough.rollout?.bucketBy, { path: [...path, 'fallthrough', 'rollout', 'bucketBy'], owner });
    }
    if (logic !== undefined) for (const name of variablesIn(logic)) note(name, { path: [...path, 'targeting'], owner });
  }
  for (const [name, segment] of Object.entries(document.segments ?? {})) {
    const rules = Array.isArray(segment?.rules) ? segment.rules : [];
    for (const [i, rule] of rules.entries()) {
      if (Array.isArray(rule?.clauses)) clauses(rule.clauses, ['segments', name, 'rules', i], `segment ${name}`);
    }
  }
  for (const [name, logic] of Object.entries(document.$evaluators ?? {})) {
    for (const variable of variablesIn(logic)) {
      note(variable, { path: ['$evaluators', name], owner: `evaluator ${name}` });
    }
  }
  return mentions;
}

/** All texts in what could not be used: of these it is not known what they refer to. */
export function textsIn(values: readonly unknown[]): ReadonlySet<string> {
  const texts = new Set<string>();
  const queue: unknown[] = [...values];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (typeof value === 'string') texts.add(value);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        texts.add(name);
        if (inner !== undefined && inner !== null) queue.push(inner);
      }
    }
  }
  return texts;
}

/** Whether an attribute is one that every application may set. */
export const isUsual = (name: string): boolean => USUAL_ATTRIBUTES.has(name);

import { FlagError } from './error.ts';
import type { EvaluationContext } from './scope.ts';

/** A user, or whatever flags are evaluated for, with the usual attributes by name and the others in `custom`. */
export interface User {
  readonly key: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly ip?: string | undefined;
  /** ISO 3166-1 alpha-2, e.g. `US`. */
  readonly country?: string | undefined;
  readonly anonymous?: boolean | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly custom?: Readonly<Record<string, unknown>> | undefined;
}

const USUAL = ['name', 'email', 'ip', 'country', 'anonymous', 'groups'] as const;

/** Builds an evaluation context step by step. Each step returns a new builder; the usual setters and `withAttribute` write the same attributes. */
export interface ContextBuilder {
  withName(name: string): ContextBuilder;
  withEmail(email: string): ContextBuilder;
  withIp(ip: string): ContextBuilder;
  withCountry(country: string): ContextBuilder;
  withAnonymous(anonymous?: boolean): ContextBuilder;
  /** Adds a group; one that is there already is not added twice. */
  withGroup(group: string): ContextBuilder;
  /** Sets any attribute; `key` and `targetingKey` set the targeting key. */
  withAttribute(name: string, value: unknown): ContextBuilder;
  /** The context, frozen; OpenFeature takes it as it is. */
  build(): EvaluationContext;
}

/** Begins a context for a targeting key: the unique id of a user or another entity. */
export function newContext(key: string): ContextBuilder {
  return builder(new Map<string, unknown>([['targetingKey', checkedKey(key)]]));
}

function checkedKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new FlagError('INVALID_ARGUMENT', 'a targeting key is text that is not empty');
}

function builder(attributes: ReadonlyMap<string, unknown>): ContextBuilder {
  const withAttribute = (name: string, value: unknown): ContextBuilder => {
    const isKey = name === 'key' || name === 'targetingKey';
    return builder(new Map(attributes).set(isKey ? 'targetingKey' : name, isKey ? checkedKey(value) : value));
  };
  return {
    withName: (name) => withAttribute('name', name),
    withEmail: (email) => withAttribute('email', email),
    withIp: (ip) => withAttribute('ip', ip),
    withCountry: (country) => withAttribute('country', country),
    withAnonymous: (anonymous = true) => withAttribute('anonymous', anonymous),
    withGroup(group) {
      const groups = attributes.get('groups');
      const list: readonly unknown[] = Array.isArray(groups) ? groups : [];
      return list.includes(group) ? builder(attributes) : withAttribute('groups', Object.freeze([...list, group]));
    },
    withAttribute,
    build: () => Object.freeze(Object.fromEntries(attributes)),
  };
}

/** A user as an evaluation context: `key` becomes `targetingKey`, `custom` is laid flat; the usual attributes win over custom ones. */
export function toContext(user: User): EvaluationContext {
  const attributes = new Map<string, unknown>(Object.entries(user.custom ?? {}));
  attributes.delete('key');
  attributes.set('targetingKey', checkedKey(user.key));
  for (const name of USUAL) if (user[name] !== undefined) attributes.set(name, user[name]);
  return Object.freeze(Object.fromEntries(attributes));
}

/** An evaluation context as a user; undefined if it has no targeting key. A usual attribute of an unusual type stays in `custom`. */
export function fromContext(context: EvaluationContext): User | undefined {
  const { targetingKey, key, ...rest } = context;
  const id = targetingKey ?? key;
  if (typeof id !== 'string' || id === '') return undefined;
  const usual: Record<string, unknown> = {};
  const custom: [string, unknown][] = [];
  for (const [name, value] of Object.entries(rest)) {
    if (isUsual(name, value)) usual[name] = value;
    else custom.push([name, value]);
  }
  return { key: id, ...usual, ...(custom.length === 0 ? undefined : { custom: Object.fromEntries(custom) }) };
}

function isUsual(name: string, value: unknown): boolean {
  if (name === 'anonymous') return typeof value === 'boolean';
  if (name === 'groups') return Array.isArray(value) && value.every((group) => typeof group === 'string');
  return (USUAL as readonly string[]).includes(name) && typeof value === 'string';
}

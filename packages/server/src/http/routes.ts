import { FlagError, oneOf, preview, suggest } from '@flagwright/core';
import { PARAMETER_NAMES, parameterSchema } from './path-parameters.ts';

/** Something that requests are led to. */
export interface Entry<T> {
  /** `/a/{project}/b`. */
  readonly path: string;
  /** Undefined: all methods, of this path and all below it. */
  readonly method: string | undefined;
  readonly target: T;
}

/** An entry that a path was led to. */
export interface Match<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
}

/** What is at a path. */
export type Found<T> =
  /** One entry takes all methods. */
  | { readonly kind: 'mount'; readonly match: Match<T> }
  /** An entry for each of some methods. */
  | { readonly kind: 'methods'; methods(): readonly string[]; match(method: string): Match<T> | undefined }
  | { readonly kind: 'nothing'; readonly hint: string };

interface Place<T> {
  readonly names: readonly string[];
  readonly target: T;
}

interface Node<T> {
  readonly fixed: Map<string, Node<T>>;
  readonly methods: Map<string, Place<T>>;
  parameter: Node<T> | undefined;
  mount: Place<T> | undefined;
}

const PARAMETER = /^\{([a-zA-Z]+)\}$/;
const FIXED = /^[A-Za-z0-9._~-]+$/;

/**
 * A tree of paths: fixed segments go before parameters, and whole paths before what is mounted above them. Throws
 * `FlagError('INVALID_ARGUMENT')` for two entries of one method and path, and for paths that are none.
 */
export function routes<T>(entries: Iterable<Entry<T>>): (segments: readonly string[]) => Found<T> {
  const root = newNode<T>();
  for (const entry of entries) add(root, entry);
  return (segments) => {
    const values: string[] = [];
    const node = walk(root, segments, 0, values);
    if (node === undefined) return mountedAbove(root, segments) ?? { kind: 'nothing', hint: nearest(root, segments) };
    const { methods } = node;
    return {
      kind: 'methods',
      methods: () => allowed(methods.keys()),
      match(method) {
        const place = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined);
        return place === undefined ? undefined : { target: place.target, params: named(place.names, values) };
      },
    };
  };
}

const newNode = <T>(): Node<T> => ({ fixed: new Map(), methods: new Map(), parameter: undefined, mount: undefined });

function add<T>(root: Node<T>, { path, method, target }: Entry<T>): void {
  const names: string[] = [];
  let node = root;
  if (!path.startsWith('/')) throw wrong(path, 'does not begin with a slash');
  for (const segment of path === '/' ? [] : path.slice(1).split('/')) {
    const name = PARAMETER.exec(segment)?.[1];
    if (name === undefined) {
      if (!FIXED.test(segment)) throw wrong(path, `has the segment ${preview(segment)}`);
      const next = node.fixed.get(segment) ?? newNode<T>();
      node.fixed.set(segment, next);
      node = next;
      continue;
    }
    if (parameterSchema(name) === undefined) {
      throw wrong(path, `has the parameter ${preview(name)}; expected ${oneOf(PARAMETER_NAMES)}`);
    }
    if (names.includes(name)) throw wrong(path, `has the parameter ${preview(name)} twice`);
    names.push(name);
    node.parameter ??= newNode();
    node = node.parameter;
  }
  if (method === undefined ? node.mount !== undefined : node.methods.has(method)) {
    throw wrong(path, `is there twice${method === undefined ? '' : ` for ${method}`}`);
  }
  if (method === undefined) node.mount = { names, target };
  else node.methods.set(method, { names, target });
}

function wrong(path: string, why: string): FlagError {
  return new FlagError('INVALID_ARGUMENT', `the path ${preview(path)} of an operation ${why}`);
}

/** The node of a whole path, if anything is there; a parameter is tried where a fixed segment leads nowhere. */
function walk<T>(node: Node<T>, segments: readonly string[], at: number, values: string[]): Node<T> | undefined {
  if (at === segments.length) return node.methods.size === 0 ? undefined : node;
  const segment = segments[at]!;
  const fixed = node.fixed.get(segment);
  const found = fixed === undefined ? undefined : walk(fixed, segments, at + 1, values);
  if (found !== undefined || node.parameter === undefined) return found;
  values.push(segment);
  const deeper = walk(node.parameter, segments, at + 1, values);
  if (deeper === undefined) values.pop();
  return deeper;
}

/** What is mounted nearest above a path. */
function mountedAbove<T>(root: Node<T>, segments: readonly string[]): Found<T> | undefined {
  let best: { readonly place: Place<T>; readonly values: readonly string[] } | undefined;
  let depth = -1;
  const look = (node: Node<T>, at: number, values: readonly string[]): void => {
    if (node.mount !== undefined && at > depth) {
      best = { place: node.mount, values };
      depth = at;
    }
    if (at === segments.length) return;
    const fixed = node.fixed.get(segments[at]!);
    if (fixed !== undefined) look(fixed, at + 1, values);
    if (node.parameter !== undefined) look(node.parameter, at + 1, [...values, segments[at]!]);
  };
  look(root, 0, []);
  if (best === undefined) return undefined;
  const { target, names } = best.place;
  return { kind: 'mount', match: { target, params: named(names, best.values) } };
}

function named(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = Object.create(null);
  for (const [i, name] of names.entries()) params[name] = values[i]!;
  return params;
}

function allowed(methods: Iterable<string>): readonly string[] {
  return [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method));
}

/** How far a path leads, and where it could go on from there. */
function nearest<T>(root: Node<T>, segments: readonly string[]): string {
  let node = root;
  let at = 0;
  for (; at < segments.length; at++) {
    const next = node.fixed.get(segments[at]!) ?? node.parameter;
    if (next === undefined) break;
    node = next;
  }
  const way = segments.slice(0, at).map((segment) => `/${shown(segment)}`);
  const names = [...node.fixed.keys()];
  if (at < segments.length) {
    const near = suggest(segments[at]!, names);
    if (near !== undefined) return `did you mean ${way.join('')}/${near}?`;
    if (node.methods.size > 0) return `there is something at ${way.join('') || '/'}, and not below`;
  }
  const more = [...names, ...(node.parameter === undefined ? [] : ['an id'])];
  return more.length === 0 ? 'there is nothing at all here' : `${way.join('') || '/'} goes on with ${oneOf(more)}`;
}

const MOST_SHOWN = 60;

function shown(segment: string): string {
  // by whole characters: half of one cannot be encoded
  return encodeURIComponent([...segment].slice(0, MOST_SHOWN).join(''));
}

import { Problem } from './problem.ts';

/** The parts of an address that routing looks at, as they were sent. */
export interface Address {
  /** Begins with a slash. */
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

const LONGEST = 4_000;

/** The path and the query of the address of a `Request`, which is absolute and normalised. */
export function addressOf(url: string): Address {
  const hash = url.indexOf('#');
  const whole = hash === -1 ? url : url.slice(0, hash);
  const start = whole.indexOf('/', whole.indexOf('://') + 3);
  const mark = whole.indexOf('?', start);
  return mark === -1
    ? { path: whole.slice(start), query: '' }
    : { path: whole.slice(start, mark), query: whole.slice(mark + 1) };
}

/** The segments of a path, decoded. Throws `Problem('INVALID_ARGUMENT')` if one cannot be, or the path is very long. */
export function segmentsOf(path: string): readonly string[] {
  if (path.length > LONGEST) {
    throw new Problem('INVALID_ARGUMENT', `the path has ${path.length} characters; expected at most ${LONGEST}`);
  }
  if (path === '/' || path === '') return [];
  const segments = path.slice(1).split('/');
  return path.includes('%') ? segments.map(decoded) : segments;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem('INVALID_ARGUMENT', 'the path has a broken escape; expected %XX of UTF-8');
  }
}

import { FlagError } from '@flagwright/core';
import { isNode, type Node } from './syntax.ts';

/** A file as it was read: its tree, or why there is none. */
export type Parsed =
  | { readonly program: Node; readonly why?: undefined }
  | {
      readonly program?: undefined;
      readonly code: 'too-deep' | 'not-parsed';
      readonly why: string;
      readonly offset: number;
    };

export type Parse = (path: string, text: string) => Parsed;

/** The part of oxc-parser that is used. */
interface Oxc {
  parseSync(
    filename: string,
    text: string,
    options: object,
  ): {
    readonly program: unknown;
    readonly errors: readonly {
      readonly severity: string;
      readonly message: string;
      readonly labels: readonly { readonly start: number }[];
    }[];
  };
}

/** The parser descends into brackets by recursion, in a stack that ends the process when it overflows. */
const MAX_DEPTH = 1_000;

/** Loads the parser, which is no dependency of programs that only have gates. Throws `FlagError('UNSUPPORTED')`. */
export async function loadParser(): Promise<Parse> {
  let oxc: Oxc;
  try {
    oxc = (await import('oxc-parser')) as Oxc;
  } catch (cause) {
    throw new FlagError(
      'UNSUPPORTED',
      'checkGates reads sources with the package oxc-parser. Hint: npm install --save-dev oxc-parser',
      { cause },
    );
  }
  return (path, text) => {
    if (depthOf(text) > MAX_DEPTH) {
      return { code: 'too-deep', why: `brackets are nested more than ${MAX_DEPTH} deep`, offset: 0 };
    }
    let first: Parsed | undefined;
    // scripts may do what modules may not, and versions of the parser differ in what they take for which
    for (const sourceType of ['module', 'unambiguous']) {
      const { program, errors } = oxc.parseSync(path, text, { sourceType, preserveParens: false });
      const error = errors.find(({ severity }) => severity === 'Error');
      if (error === undefined && isNode(program)) return { program };
      first ??= { code: 'not-parsed', why: error?.message ?? 'no program', offset: error?.labels[0]?.start ?? 0 };
    }
    return first!;
  };
}

/** How deep brackets are nested, those in texts and comments counted: not less than it really is but for odd ones. */
function depthOf(text: string): number {
  let [depth, most] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // ( [ {, and ) ] }
    if (unit === 40 || unit === 91 || unit === 123) most = Math.max(most, ++depth);
    else if ((unit === 41 || unit === 93 || unit === 125) && depth > 0) depth--;
  }
  return most;
}

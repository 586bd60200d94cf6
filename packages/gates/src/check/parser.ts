import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { FlagError } from '@flagwright/core';
import { type Probe, probeOf } from './probe.ts';
import { isNode, type Node } from './syntax.ts';

/** Why a file has no tree, and where. */
export interface Unparsed {
  readonly program?: undefined;
  readonly code: 'too-deep' | 'not-parsed';
  readonly why: string;
  readonly offset: number;
}

/** A file as it was read: its tree, or why there is none. */
export type Parsed = { readonly program: Node; readonly why?: undefined } | Unparsed;

export interface Parser {
  parse(path: string, text: string): Promise<Parsed>;
  close(): void;
}

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

/**
 * The parser descends by recursion, in a stack that ends the process when it overflows. No text of so many characters
 * takes it that deep, whatever is in it; longer ones are tried first.
 */
const SHALLOW = 1_000;

/** What is told of a file that is nested too deep. */
export const TOO_DEEP: Unparsed = {
  code: 'too-deep',
  why: 'it is nested deeper than it can be read',
  offset: 0,
};

/**
 * Loads the parser, which is no dependency of programs that only have gates. Throws `FlagError('UNSUPPORTED')` if it is
 * not installed, and `UNAVAILABLE` if it is and does not start.
 */
export async function loadParser(): Promise<Parser> {
  const oxc = await loadOxc();
  let probe: Probe | undefined;
  return {
    parse: async (path, text) => {
      const ways = waysOf(path);
      if (text.length > SHALLOW) {
        probe ??= probeOf(pathToFileURL(createRequire(import.meta.url).resolve('oxc-parser')).href);
        if (!(await probe.survives(path, text, ways))) return TOO_DEEP;
      }
      let first: Unparsed | undefined;
      for (const way of ways) {
        const { program, errors } = oxc.parseSync(path, text, way);
        const error = errors.find(({ severity }) => severity === 'Error');
        if (error === undefined && isNode(program)) return { program };
        first ??= { code: 'not-parsed', why: error?.message ?? 'no program', offset: error?.labels[0]?.start ?? 0 };
      }
      return first!;
    },
    close: () => probe?.close(),
  };
}

/**
 * How to read a file, one after the other: as a module, which is told what is wrong with; or as a script, which may do
 * what modules may not; versions of the parser differ in what they take for which. JavaScript may be JSX by any name.
 */
function waysOf(path: string): readonly object[] {
  const lang = /\.[cm]?jsx?$/.test(path) ? { lang: 'jsx' } : {};
  return ['module', 'unambiguous', 'commonjs'].map((sourceType) => ({ ...lang, sourceType, preserveParens: false }));
}

async function loadOxc(): Promise<Oxc> {
  try {
    return (await import('oxc-parser')) as Oxc;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'oxc-parser'")) {
      throw new FlagError(
        'UNSUPPORTED',
        'checkGates reads sources with the package oxc-parser. Hint: npm install --save-dev oxc-parser',
        { cause },
      );
    }
    throw new FlagError('UNAVAILABLE', `the package oxc-parser does not start: ${FlagError.from(cause).message}`, {
      cause,
    });
  }
}

import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { FlagError, type Issue, type Place, preview } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import { gateName } from '../names.ts';
import { type FactOptions, type Facts, factsOf } from './facts.ts';
import { sourceFiles, withSlashes } from './files.ts';
import { type GateCheck, judge } from './judge.ts';
import { modulesOf } from './modules.ts';
import { loadParser, TOO_DEEP, type Unparsed } from './parser.ts';
import { placesIn } from './places.ts';
import type { Node } from './syntax.ts';

export interface CheckOptions {
  /** The gates of the program that the sources belong to. */
  readonly gates: Gates;
  /** Folders to look through, and files: the sources of that one program. */
  readonly roots: readonly string[];
  /** Gates that are used where the check cannot see it: in another language, by names put together. */
  readonly used?: readonly string[] | undefined;
  /** Look into tests, too. Default: false, for what only a test uses is used by nobody. */
  readonly tests?: boolean | undefined;
  /** Files and folders to leave out, by their whole paths with `/`. `node_modules`, `dist` and the like always are. */
  readonly skip?: ((path: string) => boolean) | undefined;
  /** Further names of variables and fields that hold gates. Default: `gates`, and what ends in `Gates` or `_gates`. */
  readonly receivers?: readonly string[] | undefined;
  /** Further functions and methods that take the name of a gate first. */
  readonly calls?: readonly string[] | undefined;
  /** Properties that name a gate, or several in a list. Default: `gate`, `gateKey` and `requiredFeatureGates`. */
  readonly properties?: readonly string[] | undefined;
  /** Base classes of features: a class that extends one must do so by `gated` or `legacyFeature`. Default: none. */
  readonly featureBases?: readonly string[] | undefined;
}

/** Longer files are nobody's sources. */
const MAX_BYTES = 2 ** 20;

/** Files with none of these words, and no name of a gate, are not parsed. */
const WORDS = /[gG]ate|GATE|nabled/;
/** Nor are those that have nothing of other files to pass on. */
const PASSES_ON = /export\s*(?:\*|\{[^}]{0,2000}\})[\w\s]{0,100}from/;

/**
 * Reads the sources of a program, and holds every use of a gate in them against the declarations: what is used is
 * declared (`unknown-gate`), what is declared is used (`unused-gate`), nothing is past its `until` (`overdue-gate`) or
 * removed (`removed-gate`, a warning), and every feature class has its gate (`ungated-class`).
 *
 * Sources that cannot be read as such are told as warnings. Throws `FlagError('NOT_FOUND')` for a path that is not there
 * and if there are no sources, `UNSUPPORTED` without the package oxc-parser, and `UNAVAILABLE` for what cannot be read.
 */
export async function checkGates(options: CheckOptions): Promise<GateCheck> {
  const { gates, roots, used = [], tests = false, skip = () => false, featureBases = [] } = options;
  checkGatesGiven(gates);
  for (const [option, given] of Object.entries({ roots, used })) {
    if (Array.isArray(given) && given.every((one) => typeof one === 'string')) continue;
    throw new FlagError('INVALID_ARGUMENT', `${option} is ${preview(given)}; expected a list of texts`);
  }
  const unknown = used.find((name) => !gates.has(gateName(name)));
  if (unknown !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', `used names ${unknown}, which ${gates.program.program} does not declare`);
  }
  const bases = new Set(featureBases);
  const parser = await loadParser();
  const found = {
    receivers: new Set(options.receivers ?? []),
    calls: new Set(options.calls ?? []),
    properties: new Set(options.properties ?? ['gate', 'gateKey', 'requiredFeatureGates']),
  };
  const names = gates.list().map(({ name }) => name);
  const words = [...found.receivers, ...found.calls, ...found.properties, ...names, ...bases];
  const facts: Facts[] = [];
  const issues: Issue[] = [];
  let files = 0;
  try {
    for (const path of await sourceFiles(roots, { tests, skip })) {
      files++;
      const file = withSlashes(relative('', path));
      const text = await textOf(path);
      if (typeof text !== 'string') {
        issues.push(unread(text.code, file, { file, line: 1, column: 1 }, text.why));
        continue;
      }
      if (!WORDS.test(text) && !PASSES_ON.test(text) && !words.some((word) => text.includes(word))) continue;
      const at = placesIn(file, text);
      const parsed = await parser.parse(path, text);
      const read = parsed.program === undefined ? parsed : factsIn(path, parsed.program, at, found);
      if ('why' in read) issues.push(unread(read.code, file, at(read.offset), read.why));
      else facts.push(read);
    }
  } finally {
    parser.close();
  }
  const check = judge(gates, facts, modulesOf(facts), { used: new Set(used.map(gateName)), bases });
  return { ...check, issues: [...issues, ...check.issues], files };
}

function unread(code: string, file: string, place: Place, why: string): Issue {
  return { severity: 'warning', code, path: [file], message: `the file was not checked: ${why}`, place };
}

/** What the check keeps of a file. The tree may be deeper than this process can go, where the parser could. */
function factsIn(path: string, program: Node, at: (offset: number) => Place, found: FactOptions): Facts | Unparsed {
  try {
    return factsOf(path, program, at, found);
  } catch (thrown) {
    if (thrown instanceof RangeError) return TOO_DEEP;
    throw thrown;
  }
}

/** The text of a file, or why it is none. */
async function textOf(path: string): Promise<string | { readonly code: string; readonly why: string }> {
  try {
    if ((await stat(path)).size > MAX_BYTES) return { code: 'too-large', why: `it has more than ${MAX_BYTES} bytes` };
    const text = await readFile(path, 'utf8');
    // as UTF-16 has between its letters
    if (text.includes('\0')) return { code: 'not-parsed', why: 'it is no text in UTF-8' };
    return text.replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new FlagError('UNAVAILABLE', `${path} cannot be read: ${FlagError.from(cause).message}`, { cause });
  }
}

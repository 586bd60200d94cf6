import type { FlagDocument, FlagSet, Issue } from '@flagwright/core';
import { FlagError, formatIssue, isDeep, isRecord, preview, utf8Of } from '@flagwright/core';
import type { ParsedText } from '@flagwright/core/text';

/** Nesting that parsers of this project take. */
export const MAX_DEPTH = 100;

/** What a body is said to be. */
export interface BodyKind {
  /** Its media type, in small letters; empty if it has none. */
  readonly type: string;
  /** The path of the address it came from. */
  readonly path: string;
  /** Takes what was sent to the server as a secret out of a text: some repeat it. */
  hide(text: string): string;
}

/**
 * The document in a body. JSON by media type or ending of the path is read as such; everything else as YAML, of which
 * JSON is a part, by a parser that is loaded when it is needed first. Of a name that JSON has twice the last counts.
 *
 * Throws `FlagError`: `PARSE_ERROR` with line and column, `TOO_LARGE`.
 */
export async function readDocument(bytes: Uint8Array, kind: BodyKind): Promise<Pick<FlagSet, 'document' | 'locate'>> {
  const { type, path, hide } = kind;
  if (/^(?:text\/html|application\/xhtml|image\/|audio\/|video\/|font\/|multipart\/)/.test(type)) {
    throw problem({
      code: 'wrong-type',
      message: `the server sent ${preview(hide(type))}`,
      expected: 'JSON or YAML',
      hint: 'is this the page of a proxy or of a login?',
    });
  }
  const text = utf8Of(bytes);
  const yaml = /[/+.-]ya?ml$/.test(type) || /\.ya?ml$/i.test(path);
  const json = !yaml && (/[/+]json$/.test(type) || /\.json$/i.test(path));
  const quick = json ? parsedJson(text) : undefined;
  if (quick !== undefined) return { document: quick };
  // what is wrong with a text is told with pieces of it, and a piece of a secret would not be found in them
  const quotable = hide(text) === text;
  const { document, locate, issues } = await parsedText(text, json ? 'json' : 'yaml').catch((thrown: unknown) => {
    throw quotable || !(thrown instanceof FlagError) ? thrown : withoutQuotes(thrown);
  });
  const empty = issues.find(({ code }) => code === 'empty-document');
  // a server that sends nothing is broken; flags must not be lost by that
  if (empty !== undefined) throw problem({ ...empty, message: 'the server sent nothing' });
  if (!isRecord(document)) {
    const message = `the document is ${quotable ? preview(document) : QUOTES_NOTHING}`;
    throw problem({ code: 'wrong-type', message, expected: 'a map with `flags`' });
  }
  for (const issue of issues) {
    process.emitWarning(formatIssue(quotable ? issue : withoutQuote(issue)), 'FlagwrightWarning');
  }
  return { document: document as FlagDocument, locate };
}

async function parsedText(text: string, format: 'json' | 'yaml'): Promise<ParsedText> {
  const { parseText } = await import('@flagwright/core/text');
  return parseText(text, { format, maxBytes: Number.MAX_SAFE_INTEGER });
}

const QUOTES_NOTHING = 'not shown, for it repeats what was sent to the server';

/** The error with its code and places, and without the cause, which may hold all of the text. */
function withoutQuotes({ code, issues }: FlagError): FlagError {
  const told = issues.map(withoutQuote);
  const message = told[0] === undefined ? `what is wrong is ${QUOTES_NOTHING}` : formatIssue(told[0]);
  return new FlagError(code, message, { issues: told });
}

function withoutQuote({ severity, code, place }: Issue): Issue {
  const issue: Issue = { severity, code, path: [], message: `what is wrong is ${QUOTES_NOTHING}` };
  return place === undefined ? issue : { ...issue, place };
}

/** The document, or undefined if something is wrong with it: what it is, and where, others tell. */
function parsedJson(text: string): FlagDocument | undefined {
  if (isDeep(text, MAX_DEPTH)) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function problem(about: Omit<Issue, 'severity' | 'path' | 'place'>): FlagError {
  const issue: Issue = { ...about, severity: 'error', path: [], place: { line: 1, column: 1 } };
  return new FlagError('PARSE_ERROR', formatIssue(issue), { issues: [issue] });
}

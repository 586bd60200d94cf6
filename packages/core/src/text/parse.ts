import { FlagError } from '../error.ts';
import type { Issue, Path, Place } from '../issue.ts';
import { MAX_DEPTH } from '../json.ts';
import type { Fault } from './fault.ts';
import { scanJson } from './json.ts';
import { isSuspect } from './json-suspect.ts';
import type { LineOf, Position } from './position.ts';
import { lineIndex, locator, placeAt } from './position.ts';
import { readYaml, yamlPositions } from './yaml.ts';

/** Options of `parseText`. */
export interface ParseOptions {
  /** Default: `json` for a file whose name ends in `.json`, else `yaml`, of which JSON is a part. */
  readonly format?: 'yaml' | 'json';
  /** The name that places carry. */
  readonly file?: string;
  /** More bytes of UTF-8 than this are refused. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** A document read from text. */
export interface ParsedText {
  /** Any JSON value; `{ flags: {} }` if the text holds nothing. */
  readonly document: unknown;
  /**
   * Where the value at a path stands; for a path that leads nowhere, the key of its nearest ancestor. Works out the
   * positions at its first call, until when only the text is kept.
   */
  readonly locate: (path: Path) => Place | undefined;
  /** Warnings: `empty-document`, `merge-key`. */
  readonly issues: readonly Issue[];
}

/** 16 MiB. */
export const MAX_TEXT_BYTES: number = 16 * 1024 * 1024;

/**
 * Reads YAML 1.2 (core schema) or JSON. Keys are text and unique, nesting is at most 100 deep, aliases expand to at
 * most a million values.
 *
 * Throws `FlagError('PARSE_ERROR')`, whose issues carry line and column, or `FlagError('TOO_LARGE')`.
 */
export function parseText(text: string, options: ParseOptions = {}): ParsedText {
  const { file, maxBytes = MAX_TEXT_BYTES } = options;
  if (exceeds(text, maxBytes)) {
    const hint = 'raise maxBytes, or split the flags over several files';
    throw textError(
      'TOO_LARGE',
      { severity: 'error', code: 'too-large', path: [], message: `more than ${maxBytes} bytes`, hint },
      file,
    );
  }
  const source = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  const lineOf = lineIndex(source);
  const format = options.format ?? (file?.toLowerCase().endsWith('.json') ? 'json' : 'yaml');
  const read = BLANK.test(source) ? NOTHING : (readAsJson(source, format) ?? readAsYaml(source));
  if (read.faults.length > 0) throw failure(read.faults, lineOf, file);
  const empty = read.document === undefined || read.document === null;
  return {
    document: empty ? { flags: {} } : read.document,
    locate: locator(read.positions, lineOf, file),
    issues: [
      ...(empty ? [emptyDocument(file)] : []),
      ...read.warnings.map((fault) => issueOf(fault, 'warning', lineOf, file)),
    ],
  };
}

interface Read {
  readonly document: unknown;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
  readonly positions: () => Position | undefined;
}

const BYTE_ORDER_MARK = 0xfeff;
const BLANK = /^\s*$/;
const NOTHING: Read = { document: undefined, faults: [], warnings: [], positions: () => undefined };

/** Reads JSON; undefined if the text may be YAML and is no JSON. */
function readAsJson(text: string, format: 'yaml' | 'json'): Read | undefined {
  // YAML that is JSON is read as such: `JSON.parse` takes a tenth of the time
  if (format === 'yaml' && !/^\s*\{/.test(text)) return undefined;
  const positions = (): Position | undefined =>
    scanJson(text, { maxDepth: MAX_DEPTH, trusted: true, positions: true }).root;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // what is wrong, and where, is found by the scanner: the messages of JSON.parse differ between versions of Node
    if (format === 'yaml') return undefined;
    const { faults } = scanJson(text, { maxDepth: MAX_DEPTH });
    const unexplained = {
      offset: 0,
      code: 'syntax',
      message: error instanceof Error ? error.message : 'this is no JSON',
    };
    return { document, faults: faults.length > 0 ? faults : [unexplained], warnings: [], positions };
  }
  const faults = isSuspect(text, MAX_DEPTH) ? scanJson(text, { maxDepth: MAX_DEPTH, trusted: true }).faults : [];
  return { document, faults, warnings: [], positions };
}

function readAsYaml(text: string): Read {
  return { ...readYaml(text, MAX_DEPTH), positions: () => yamlPositions(text, MAX_DEPTH) };
}

function failure(faults: readonly Fault[], lineOf: LineOf, file: string | undefined): FlagError {
  const issues = faults.map((fault) => issueOf(fault, 'error', lineOf, file));
  const large = faults.some(({ code }) => code === 'too-deep' || code === 'too-large');
  return textError(large ? 'TOO_LARGE' : 'PARSE_ERROR', issues[0]!, file, issues);
}

function textError(
  code: 'PARSE_ERROR' | 'TOO_LARGE',
  { place, message, expected, hint }: Issue,
  file: string | undefined,
  issues: readonly Issue[] = [],
): FlagError {
  const where =
    place === undefined
      ? (file ?? 'text')
      : `${file ?? 'line '}${file === undefined ? '' : ':'}${place.line}:${place.column}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new FlagError(
    code,
    `${where}: ${message}${expected === undefined ? '' : `; expected ${expected}`}${hint === undefined ? '' : `. Hint: ${hint}`}${more}`,
    { issues },
  );
}

function issueOf(fault: Fault, severity: Issue['severity'], lineOf: LineOf, file: string | undefined): Issue {
  const { code, offset, path = [], message, expected, hint, related } = fault;
  return {
    severity,
    code,
    path,
    message: related === undefined ? message : `${message}, ${relation(code)} at ${at(related, lineOf, file)}`,
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
    place: placeAt(offset, lineOf, file),
  };
}

const relation = (code: string): string => (code === 'duplicate-key' ? 'first' : 'opened');

function at(offset: number, lineOf: LineOf, file: string | undefined): string {
  const { line, column } = lineOf(offset);
  return file === undefined ? `line ${line}:${column}` : `${file}:${line}:${column}`;
}

function emptyDocument(file: string | undefined): Issue {
  return {
    severity: 'warning',
    code: 'empty-document',
    path: [],
    message: 'the text holds nothing: there are no flags',
    expected: 'a map with `flags`',
    hint: 'write `flags: {}` if no flags is what you mean',
    place: { ...(file === undefined ? {} : { file }), line: 1, column: 1 },
  };
}

/** Whether a text takes more bytes of UTF-8; no string is encoded unless its length leaves it open. */
function exceeds(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  return text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes;
}

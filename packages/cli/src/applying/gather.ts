import { formatIssue, type Issue } from '@flagwright/core';
import type { Settings } from '../config/settings.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { circleIssues } from '../manifests/circles.ts';
import { documentsOf, type FileDocument, readTexts } from '../manifests/documents.ts';
import type { Fill, Said } from '../manifests/fill.ts';
import { formIssues } from '../manifests/form.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { manifestsOf } from '../manifests/manifests.ts';
import { templatesOf } from '../manifests/template.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { issueLine } from './issue-line.ts';
import { type Item, itemsOf } from './item.ts';

/** More are counted only. */
const MOST_ISSUES = 100;

/** The option that fills templates in, for commands that take manifests. */
const SET = 'set';

/**
 * All manifests that the files of a command line hold, filled in and checked as far as that goes without a server. Throws
 * `CommandError` with all that is wrong in all files; `UsageError`, `FlagError`.
 */
export async function gathered(call: Call, settings: Pick<Settings, 'project' | 'stage'>): Promise<readonly Item[]> {
  const { documents, wrong } = await documentsIn(call);
  const { items, issues } = checked(documents, fillOf(call, settings), call.has('use-version'));
  const circles = circleIssues(items.map(({ manifest }) => manifest));
  refuse(call, [...wrong, ...issues, ...circles]);
  if (items.length === 0) throw noManifests(call.texts('filename'));
  return items;
}

/**
 * The documents of the files that `-f` names, filled in by `--set`, and all that is wrong with their texts. Throws
 * `UsageError`, `CommandError`.
 */
export async function documentsIn(
  call: Call,
): Promise<{ readonly documents: readonly FileDocument[]; readonly wrong: readonly Issue[] }> {
  const templates = templatesOf(call.texts(SET));
  const files = call.texts('filename');
  const documents: FileDocument[] = [];
  const wrong: Issue[] = [];
  for (const { file, text } of await readTexts(call.world, files, call.has('recursive'))) {
    try {
      documents.push(...documentsOf(templates.fill(text, file), file));
    } catch (thrown) {
      // what is wrong with the other files is told, too
      wrong.push(...issuesOf(thrown));
    }
  }
  for (const name of templates.unused()) {
    warn(call, `nothing in ${named(files)} uses ${JSON.stringify(name)}; expected {{ .${name} }}`);
  }
  return { documents, wrong };
}

/** Throws `CommandError` with all that is wrong, if anything is; else warns of what is doubtful. */
export function refuse(call: Call, issues: readonly Issue[]): void {
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw invalid(errors);
  for (const issue of issues) warn(call, issueLine(issue));
}

const warn = (call: Call, message: string): void =>
  call.world.err(`${styleOf(call, 'err').yellow('Warning')}: ${safe(message)}\n`);

const named = (files: readonly string[]): string => files.map((file) => (file === '-' ? '<stdin>' : file)).join(', ');

/** That files hold nothing to apply. */
export function noManifests(files: readonly string[]): CommandError {
  return new CommandError(EXIT.invalid, `there are no manifests in ${named(files)}`);
}

/** The manifests of documents, and all that is wrong or doubtful. */
export function checked(
  documents: readonly FileDocument[],
  fill: Fill,
  useVersion = false,
): { readonly items: readonly Item[]; readonly issues: readonly Issue[] } {
  const { manifests, issues } = manifestsOf(documents, fill);
  return { items: itemsOf(manifests, { useVersion }), issues: withForm(issues, manifests) };
}

/** Issues with those of the form of manifests, each once. */
export function withForm(issues: readonly Issue[], manifests: readonly FileManifest[]): readonly Issue[] {
  // what else is doubtful of the form the server tells, too; a number it sees only as it was read
  const form = manifests
    .flatMap(formIssues)
    .filter(({ severity, code }) => severity === 'error' || code === 'inexact-number');
  const seen = new Set<string>();
  return [...issues, ...form].filter((issue) => {
    const line = formatIssue(issue);
    return !seen.has(line) && seen.add(line);
  });
}

/** What the command line, or its context, says of where manifests belong. */
export function fillOf(call: Call, { project, stage }: Pick<Settings, 'project' | 'stage'>): Fill {
  const said = (value: string | undefined, name: string): Said | undefined =>
    value === undefined || value === '' ? undefined : { value, explicit: call.texts(name).length > 0 };
  return { project: said(project, 'project'), stage: said(stage, 'stage') };
}

/** What is wrong with a text, as a template or as YAML. Throws what is none of that. */
function issuesOf(thrown: unknown): readonly Issue[] {
  const {
    name,
    message,
    hints = [],
    more = {},
    issues = more.issues ?? [],
  } = thrown as Error & {
    readonly hints?: readonly string[];
    readonly issues?: readonly Issue[];
    readonly more?: { readonly issues?: readonly Issue[] };
  };
  const fault = (words: string): Issue => ({ severity: 'error', code: 'unreadable', path: [], message: words });
  if (name === 'CommandError') return issues.length > 0 ? issues : [message, ...hints].map(fault);
  if (name !== 'FlagError') throw thrown;
  return issues.length === 0 ? [fault(message)] : issues;
}

/**
 * All that is wrong with files, a line each; as JSON each with its path and place. `meaning`: what that means for the whole, where
 * something was to be sent.
 */
export function invalid(issues: readonly Issue[], meaning = ', and nothing was sent'): CommandError {
  const shown = issues.slice(0, MOST_ISSUES);
  const rest = issues.length - shown.length;
  const count = issues.length === 1 ? 'one thing is wrong' : `${issues.length} things are wrong`;
  const lines = [...shown.map((issue) => issueLine(issue)), ...(rest > 0 ? [`and ${rest} more`] : [])];
  const more = { code: 'INVALID_MANIFEST', issues: shown };
  if (issues.every(({ code }) => code === 'invalid-targeting')) {
    const how = ['Expected valid JSON Logic format', 'See https://jsonlogic.com/ for syntax documentation'];
    return new CommandError(EXIT.invalid, 'invalid targeting expression', [...how, ...lines], more);
  }
  return new CommandError(EXIT.invalid, `${count}${meaning}`, lines, more);
}

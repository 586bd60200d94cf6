import { formatIssue, type Issue } from '@flagwright/core';
import type { Settings } from '../config/settings.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { documentsOf, type FileDocument, readTexts } from '../manifests/documents.ts';
import type { Fill, Said } from '../manifests/fill.ts';
import { formIssues } from '../manifests/form.ts';
import { manifestsOf } from '../manifests/manifests.ts';
import { templatesOf } from '../manifests/template.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { issueLine } from './issue-line.ts';
import { type Item, itemsOf } from './item.ts';

/** More are counted only. */
const MOST_ISSUES = 100;

/** The option for files, for commands that take manifests. */
export const SET = 'set';

/**
 * All manifests that the files of a command line hold, filled in and checked as far as that goes without a server. Throws
 * `CommandError` with all that is wrong in all files; `UsageError`, `FlagError`.
 */
export async function gathered(call: Call, settings: Pick<Settings, 'project' | 'stage'>): Promise<readonly Item[]> {
  const templates = templatesOf(call.texts(SET));
  const files = call.texts('filename');
  const documents: FileDocument[] = [];
  const lines: string[] = [];
  for (const { file, text } of await readTexts(call.world, files, call.has('recursive'))) {
    try {
      documents.push(...documentsOf(templates.fill(text, file), file));
    } catch (thrown) {
      // what is wrong with the other files is told, too
      lines.push(...linesOf(thrown));
    }
  }
  const style = styleOf(call, 'err');
  const warn = (message: string): void => call.world.err(`${style.yellow('Warning')}: ${safe(message)}\n`);
  for (const name of templates.unused()) {
    warn(`nothing in ${files.join(', ')} uses ${JSON.stringify(name)}; expected {{ .${name} }}`);
  }
  const { items, issues } = checked(documents, fillOf(call, settings), call.has('use-version'));
  lines.push(...issues.filter(({ severity }) => severity === 'error').map((issue) => issueLine(issue)));
  if (lines.length > 0) throw invalid(lines);
  for (const issue of issues) warn(issueLine(issue));
  if (items.length === 0) throw new CommandError(EXIT.invalid, `there are no manifests in ${files.join(', ')}`);
  return items;
}

/** The manifests of documents, and all that is wrong or doubtful. */
export function checked(
  documents: readonly FileDocument[],
  fill: Fill,
  useVersion = false,
): { readonly items: readonly Item[]; readonly issues: readonly Issue[] } {
  const { manifests, issues } = manifestsOf(documents, fill);
  // what is doubtful of the form the server tells, too
  const form = manifests.flatMap(formIssues).filter(({ severity }) => severity === 'error');
  const seen = new Set<string>();
  const all = [...issues, ...form].filter((issue) => {
    const line = formatIssue(issue);
    return !seen.has(line) && seen.add(line);
  });
  return { items: itemsOf(manifests, { useVersion }), issues: all };
}

/** What the command line, or its context, says of where manifests belong. */
export function fillOf(call: Call, { project, stage }: Pick<Settings, 'project' | 'stage'>): Fill {
  const said = (value: string | undefined, name: string): Said | undefined =>
    value === undefined || value === '' ? undefined : { value, explicit: call.texts(name).length > 0 };
  return { project: said(project, 'project'), stage: said(stage, 'stage') };
}

function linesOf(thrown: unknown): readonly string[] {
  const {
    name,
    message,
    hints = [],
    issues = [],
  } = thrown as Error & {
    readonly hints?: readonly string[];
    readonly issues?: readonly Issue[];
  };
  if (name === 'CommandError') return [message, ...hints];
  if (name !== 'FlagError') throw thrown;
  return issues.length === 0 ? [message] : issues.map((issue) => issueLine(issue));
}

/** All that is wrong with files, a line each. */
export function invalid(lines: readonly string[]): CommandError {
  const shown = lines.slice(0, MOST_ISSUES);
  const rest = lines.length - shown.length;
  const count = lines.length === 1 ? 'one thing is wrong' : `${lines.length} things are wrong`;
  return new CommandError(EXIT.invalid, `${count}, and nothing was sent`, [
    ...shown,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ]);
}

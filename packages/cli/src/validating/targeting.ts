import { FlagError, type Issue, isRecord, type JsonValue, preview, validate } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type UnreadFile, unreadIssue } from '../local/read-all.ts';
import { readTexts } from '../manifests/documents.ts';
import { sessionOf } from '../session/session.ts';
import { inOrder } from './checked.ts';

/** JSON Logic that was given, and what is wrong or doubtful in it. */
export interface CheckedTargeting {
  readonly files: readonly string[];
  readonly issues: readonly Issue[];
}

/**
 * Checks JSON Logic by itself: of `--targeting`, and of files, JSON or YAML. Throws `UsageError` if there is none.
 */
export async function checkTargeting(call: Call, named: readonly string[]): Promise<CheckedTargeting> {
  const inline = call.text('targeting');
  if (inline === undefined && named.length === 0) {
    throw new UsageError('validate targeting: which targeting? Name a file by -f <file>, or - for the standard input', [
      `Or write it here: --targeting '{"if": [{"==": [{"var": "country"}, "DE"]}, "on", null]}'`,
    ]);
  }
  const unread: UnreadFile[] = [];
  const texts = [
    ...(inline === undefined ? [] : [{ file: '--targeting', text: inline }]),
    ...(await readTexts(call.world, named, call.has('recursive'), (file, error) => unread.push({ file, error }))),
  ];
  const issues: Issue[] = unread.map(unreadIssue);
  for (const { file, text } of texts) issues.push(...(await issuesIn(call, file, text)));
  const files = [...texts, ...unread].map(({ file }) => file);
  return { files, issues: inOrder(issues, files) };
}

async function issuesIn(call: Call, file: string, text: string): Promise<readonly Issue[]> {
  let parsed: ReturnType<typeof parseText>;
  try {
    parsed = parseText(text, { file, format: /\.ya?ml$/i.test(file) ? 'yaml' : 'json' });
  } catch (thrown) {
    const { issues, message } = FlagError.from(thrown);
    if (issues.length > 0) return issues;
    return [{ severity: 'error', code: 'syntax', path: [], message, place: { file, line: 1, column: 1 } }];
  }
  const { document, locate } = parsed;
  // as it stands in a definition
  const isMember = isRecord(document) && Object.keys(document).length === 1 && Object.hasOwn(document, 'targeting');
  const targeting = isMember ? document.targeting : document;
  const path = isMember ? ['targeting'] : [];
  if (parsed.issues.some(({ code }) => code === 'empty-document') || !isRecord(targeting)) {
    const message = isRecord(targeting) ? 'there is nothing here' : `${preview(targeting)} is no JSON Logic expression`;
    const place = locate(path) ?? { file, line: 1, column: 1 };
    return [{ severity: 'error', code: 'no-targeting', path: [], message, expected: 'a map with one operator', place }];
  }
  const found = call.has('remote') ? await remoteIssues(call, targeting) : localIssues(targeting);
  return found.map((issue) => {
    const place = locate([...path, ...issue.path.slice(1)]);
    return place === undefined ? issue : { ...issue, place };
  });
}

/** Which variants there are, and which attributes, only a project tells. */
function localIssues(targeting: unknown): readonly Issue[] {
  const flags = { [FLAG]: { type: 'boolean', targeting: targeting as Readonly<Record<string, JsonValue>> } } as const;
  return validate({ flags })
    .filter(({ path, code }) => path[0] === 'flags' && path[2] === 'targeting' && code !== 'unknown-variant')
    .map((issue) => ({ ...issue, path: issue.path.slice(2) }));
}

const FLAG = '(flag)';

async function remoteIssues(call: Call, targeting: unknown): Promise<readonly Issue[]> {
  const { api, project } = await sessionOf(call);
  const flag = call.text('flag');
  // that it is not there is no word of the check
  if (flag !== undefined) await api.flags(project()).get(flag);
  const body = { targeting, project: project(), ...(flag === undefined ? {} : { flag }) };
  return ((await api.ask('POST', '/validate/targeting', { body })) as { readonly issues: readonly Issue[] }).issues;
}

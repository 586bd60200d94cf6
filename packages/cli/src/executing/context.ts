import { type EvaluationContext, FlagError, isRecord, preview } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { isEvaluationContext } from '../config/profile.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { readTexts } from '../manifests/documents.ts';
import { checkNamedContexts } from '../session/named-context.ts';

/**
 * Checks that each `--context` is an evaluation context or the name of one of the configuration, also where no server is
 * asked: else a flag would be evaluated for nobody. Throws `UsageError`, `CommandError` for a name of none.
 */
export async function checkContextNames(call: Call): Promise<void> {
  for (const text of call.texts('context')) {
    if (isEvaluationContext(text) || !/^\s*(?:\[|"|null\s*$|true\s*$|false\s*$)/.test(text)) continue;
    try {
      JSON.parse(text);
    } catch {
      continue;
    }
    throw new UsageError(
      `the evaluation context of --context is ${preview(JSON.parse(text))}; expected a map of attributes`,
    );
  }
  await checkNamedContexts(call, { isOther: isEvaluationContext, fileHint: (file) => `--context @${file}` });
}

/**
 * For whom to evaluate: `--context` and `--eval-context`, over them `--attribute`, over them `--key`. Throws `UsageError`,
 * `CommandError` for a file that cannot be read, and `FlagError` for one that is neither JSON nor YAML.
 */
export async function contextOf(call: Call): Promise<EvaluationContext> {
  const given = [
    ...call
      .texts('context')
      .filter(isEvaluationContext)
      .map((text) => ['--context', text] as const),
    ...call.texts('eval-context').map((text) => ['--eval-context', text] as const),
  ];
  const context = new Map<string, unknown>();
  for (const [option, text] of given) {
    for (const [name, value] of Object.entries(await read(call, option, text))) context.set(name, value);
  }
  for (const text of call.texts('attribute')) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new UsageError(`--attribute is ${preview(text)}; expected <name>=<value>`, [
        'As in --attribute plan=pro, or --attribute \'groups=["staff"]\'',
      ]);
    }
    context.set(text.slice(0, at), scalarOf(text.slice(at + 1)));
  }
  const key = call.text('key');
  if (key !== undefined) context.set('targetingKey', key);
  return Object.fromEntries(context);
}

async function read(call: Call, option: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const inline = !text.startsWith('@') && text !== '-';
  if (text === '@') throw new UsageError(`${option} is "@"; expected @<file>, or @- for the standard input`);
  if (text.trim() === '') {
    throw new UsageError(`${option} is empty; expected a map of attributes`, ['One without attributes is {}']);
  }
  const source = inline ? { file: option, text } : (await readTexts(call.world, [text.replace(/^@/, '')]))[0]!;
  let value: unknown;
  let isEmpty: boolean;
  try {
    const { document, issues } = parseText(source.text, { file: source.file, ...(inline ? { format: 'json' } : {}) });
    isEmpty = issues.some(({ code }) => code === 'empty-document');
    value = document;
  } catch (thrown) {
    if (!inline) throw thrown;
    throw new UsageError(`the evaluation context is no JSON: ${FlagError.from(thrown).message}`, [
      `As in ${option} '{"targetingKey":"user-1","country":"DE"}'`,
    ]);
  }
  // what should have written it has failed, and nobody in particular is not who was meant
  if (isEmpty) {
    throw new UsageError(`the evaluation context of ${source.file} is empty; expected a map of attributes`, [
      'One without attributes is {}',
    ]);
  }
  if (isRecord(value)) return value;
  throw new UsageError(`the evaluation context of ${source.file} is ${preview(value)}; expected a map of attributes`);
}

/** A value of the command line: JSON if it is, as `true`, `7` or `["a"]`; else text. */
export function scalarOf(text: string): unknown {
  if (!/^(?:true|false|null|-?\d|["[{])/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { type Style, styleOf } from '../output/style.ts';
import { type Cell, type Header, tableText } from '../output/table.ts';
import type { Answer } from './answer.ts';

/** How answers are told. */
export interface Telling {
  /** One flag was asked for. */
  readonly single: boolean;
  /** What the code has, where the flag leaves it to that. */
  readonly codeDefault?: unknown;
}

const HEADERS: readonly Header[] = [
  { title: 'FLAG' },
  { title: 'STAGE' },
  { title: 'VALUE', shrinks: true },
  { title: 'VARIANT' },
  { title: 'REASON' },
  { title: 'RULE' },
];

/** Shows answers in the form that is asked for; the explanation of each after them. */
export async function tellAnswers(call: Call, answers: readonly Answer[], telling: Telling): Promise<void> {
  const { world } = call;
  const output = outputOf(call);
  const style = styleOf(call);
  warn(call, answers);
  if (output === 'json' || output === 'yaml') {
    const all = answers.map((answer) => whole(answer, telling));
    const value = telling.single ? all[0] : { items: all };
    if (output === 'json') return await world.out(jsonText(value));
    const { valueToYaml } = await import('@flagwright/core/text');
    // members that are undefined are none of YAML
    return await world.out(valueToYaml(JSON.parse(JSON.stringify(value))));
  }
  if (output === 'name') {
    return await world.out(answers.map(({ variant }) => `${safe(variant ?? CODE_DEFAULT)}\n`).join(''));
  }
  if (answers.length === 0) return world.err('There are no flags.\n');
  const wide = output === 'wide';
  const headers = wide ? [...HEADERS, { title: 'ENGINE REASON' }, { title: 'ERROR' }] : HEADERS;
  const rows = answers.map((answer) => [
    ...rowOf(answer, telling, style),
    ...(wide ? [answer.engineReason, answer.errorMessage ?? ''] : []),
  ]);
  const columns = world.terminal.out && !wide ? world.terminal.columns : undefined;
  await world.out(tableText(headers, rows, { columns }));
  const { explanationText } = await import('./explanation-text.ts');
  for (const { explanation } of answers) {
    if (explanation !== undefined) await world.out(`\n${explanationText(explanation, style, call.has('plain'))}\n`);
  }
}

const CODE_DEFAULT = '<code default>';

function rowOf(answer: Answer, telling: Telling, style: Style): readonly Cell[] {
  const { flag, stage, value, variant, reason, ruleId } = answer;
  return [
    flag,
    stage ?? '-',
    value === undefined ? { text: defaultText(telling), paint: style.dim } : JSON.stringify(value),
    variant ?? '-',
    { text: reason, paint: reason === 'ERROR' ? style.red : (text) => text },
    ruleId ?? '-',
  ];
}

function defaultText(telling: Telling): string {
  return 'codeDefault' in telling ? `${JSON.stringify(telling.codeDefault)} (code default)` : CODE_DEFAULT;
}

/** An answer for programs, with what the code would have where the flag leaves it to that. */
function whole(answer: Answer, telling: Telling): object {
  if (answer.value !== undefined) return answer;
  const { project, stage, flag, ...rest } = answer;
  const value = 'codeDefault' in telling ? { value: telling.codeDefault } : {};
  return { project, stage, flag, ...rest, ...value, codeDefault: true };
}

/** A split that was passed over looks as if the rollout did nothing. */
function warn(call: Call, answers: readonly Answer[]): void {
  const passed = answers.filter(({ metadata }) => metadata.bucketingKeyMissing === true);
  const [first] = passed;
  if (first === undefined) return;
  const what = passed.length === 1 ? `a split of ${first.flag}` : `splits of ${passed.length} flags`;
  const was = passed.length === 1 ? 'was' : 'were';
  const style = styleOf(call, 'err');
  call.world.err(
    `${style.yellow('Warning')}: ${safe(what)} ${was} passed over, for the context lacks what it hashes. Hint: give a targeting key by --key\n`,
  );
}

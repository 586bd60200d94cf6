import type { Issue } from '@flagwright/core';
import type { ApiError } from '@flagwright/server/client';
import { protectedHints } from '../changing/protected-hints.ts';
import type { Target } from '../changing/target.ts';
import { paintedDiff } from '../differing/paint.ts';
import { EXIT, type Exit } from '../errors/command-error.ts';
import { toldOfApi } from '../errors/tell-api.ts';
import type { Call } from '../grammar/call.ts';
import { shortName } from '../manifests/identity.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe, safeLines } from '../output/safe.ts';
import { resultText } from '../output/saved.ts';
import { styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import { diffOf } from './diffs.ts';
import { issueLine } from './issue-line.ts';
import { type Item, whereOf } from './item.ts';
import { KINDS, resultOf, wordOf } from './result.ts';
import type { Outcome } from './send.ts';

type Outcomes = ReadonlyMap<Item, Outcome>;

/** Tells what came of items, in the order of the files, as soon as it is known. */
export interface Teller {
  tell(outcomes: Outcomes): Promise<void>;
  /** The rest, and a summary. */
  end(outcomes: Outcomes): Promise<void>;
  /** The same at once and on the standard error, before the process ends; of what is not known nothing. */
  last(outcomes: Outcomes): void;
}

/** Tells people what came of items; `beforeLine` is called before each line. */
export function tellerFor(call: Call, items: readonly Item[], beforeLine: () => void): Teller {
  const output = outputOf(call);
  let next = 0;
  const forPrograms = output === 'json' || output === 'yaml';
  const tell = async (outcomes: Outcomes): Promise<void> => {
    for (; next < items.length; next++) {
      const item = items[next]!;
      const outcome = outcomes.get(item);
      if (outcome === undefined) return;
      beforeLine();
      if (forPrograms) continue;
      await tellOne(call, item, outcome, output === 'name');
    }
  };
  return {
    tell,
    async end(outcomes) {
      await tell(outcomes);
      beforeLine();
      if (forPrograms) {
        const result = resultOf(items, outcomes);
        await call.world.out(output === 'json' ? jsonText(result) : manifestYaml(result));
      } else if (output !== 'name' && items.length > 1) await call.world.out(`${summaryOf(items, outcomes)}\n`);
    },
    last(outcomes) {
      beforeLine();
      for (const item of items.slice(forPrograms ? 0 : next)) {
        const outcome = outcomes.get(item);
        tellFailure(call, item, outcome);
        if (outcome?.kind !== 'done') continue;
        call.world.err(`${safe(nameOf(item, outcome.applied.id))} ${wordOf(outcome)}\n`);
      }
      if (items.length > 1) call.world.err(`${summaryOf(items, outcomes)}\n`);
    },
  };
}

async function tellOne(call: Call, item: Item, outcome: Outcome, namesOnly: boolean): Promise<void> {
  const { world } = call;
  const style = styleOf(call, 'err');
  tellFailure(call, item, outcome);
  if (outcome.kind !== 'done') return;
  const { applied } = outcome;
  for (const issue of applied.warnings) {
    world.err(`${style.yellow('Warning')}: ${safe(issueText(item, issue))}\n`);
  }
  const name = nameOf(item, applied.id);
  if (namesOnly) {
    await world.out(`${safe(shortName({ kind: item.identity.kind, id: applied.id }))}\n`);
    return;
  }
  await world.out(`${safe(name)} ${resultText(call, applied.result ?? 'unchanged')}\n`);
  if (!call.has('dry-run') || applied.result === 'unchanged') return;
  await world.out(paintedDiff(styleOf(call), diffOf(item, applied)));
}

/** Says what the server has against an item, on the standard error; nothing if it has nothing. */
export function tellFailure(call: Call, item: Item, outcome: Outcome | undefined): void {
  const { world } = call;
  if (outcome?.kind === 'failed') {
    world.err(`${styleOf(call, 'err').red('Error')}: ${safeLines(failureText(call, item, outcome.error))}`);
  } else if (outcome?.kind === 'not-tried') {
    world.err(`${safe(item.where)}: ${safe(item.name)} not tried: ${safe(outcome.because.name)} failed\n`);
  } else if (outcome?.kind === 'unanswered') {
    const words = `${item.where}: the server has said nothing of ${item.name}: it may be done, or not`;
    world.err(`${styleOf(call, 'err').red('Error')}: ${safe(words)}\n`);
  } else if (outcome?.kind === 'unknown') {
    world.err(`${safe(item.where)}: ${safe(item.name)} perhaps done\n`);
  }
}

/** The name of an item, with the id that the server has made if it had none. */
const nameOf = ({ identity, name }: Item, id: string): string =>
  identity.id === undefined ? shortName({ kind: identity.kind, id }) : name;

/** More are not told of one item. */
const MOST_ISSUES = 20;

/** What would be right; the words of the error have the rest of an issue that is alone. */
const todoOf = ({ expected, hint }: Issue): readonly string[] => [
  ...(expected === undefined ? [] : [`Expected ${expected}`]),
  ...(hint === undefined ? [] : [hint.charAt(0).toUpperCase() + hint.slice(1)]),
];

/** What the server refused, with the place of each issue. */
function failureText(call: Call, item: Item, error: ApiError): string {
  const { issues } = error;
  const first = issues[0];
  const where = first === undefined ? item.where : placeOf(item, first);
  const { message, hints: told } = toldOfApi(error, call);
  const hints =
    error.code === 'PROTECTED' ? protectedHints(call, targetOf(item), undefined, error.members.stages) : told;
  const more =
    issues.length > 1
      ? issues.slice(0, MOST_ISSUES).map((issue) => issueText(item, issue))
      : first === undefined
        ? hints
        : todoOf(first);
  const lines = [...more, ...renameHint(item, issues)].flatMap((line) => line.split('\n').map((one) => `  ${one}\n`));
  return `${where}: ${message}\n${lines.join('')}`;
}

/** What an item is about, as commands name it. */
const targetOf = ({ identity: { kind, id = '', project = '', stage = '' } }: Item): Target => ({
  kind,
  id,
  project,
  stage,
});

/** What stages still name cannot be taken away at once. */
function renameHint({ identity }: Item, issues: readonly Issue[]): readonly string[] {
  const isNamed = issues.some(({ message }) => /^there is no variant .* \(in stages? /.test(message));
  if (identity.kind !== 'FeatureFlag' || !isNamed) return [];
  return ['A stage names it still: apply the flag with the old variant, too, then the stage, then the flag without it'];
}

const issueText = (item: Item, issue: Issue): string => issueLine(issue, placeOf(item, issue));

const placeOf = ({ manifest }: Item, { path }: Issue): string => whereOf(manifest, path);

/** `3 created, 1 updated, 2 unchanged, 1 failed`. */
export function summaryOf(items: readonly Item[], outcomes: Outcomes): string {
  const counts = new Map<string, number>();
  for (const item of items) {
    const word = wordOf(outcomes.get(item));
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return KINDS.flatMap((word) => (counts.has(word) ? [`${counts.get(word)} ${word}`] : [])).join(', ');
}

/** The exit code of the first failure, else 0 if all were done; 130 if some were not sent. */
export function exitOf(items: readonly Item[], outcomes: Outcomes): Exit {
  for (const item of items) {
    const outcome = outcomes.get(item);
    if (outcome?.kind === 'failed') return toldOfApi(outcome.error).exit;
  }
  const kinds = new Set(items.map((item) => outcomes.get(item)?.kind));
  if (kinds.has('unanswered')) return EXIT.failed;
  if (kinds.has('not-sent')) return EXIT.interrupted;
  return [...kinds].every((kind) => kind === 'done') ? EXIT.ok : EXIT.failed;
}

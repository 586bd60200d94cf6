import type { Issue } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { exitOfErrors, NO_FILE, UNREADABLE } from '../local/read-all.ts';
import { type Kind, nounOf, nounOfKind } from '../nouns/noun.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { isOutputTaken, refuseInputs, refuseOnePlace } from '../report/targets.ts';
import { VERSION } from '../version.generated.ts';
import { type Checked, checkFiles, inOrder, once } from './checked.ts';
import { countsOf, countText, filesOf, issueLine, suitesOf } from './tell-issues.ts';

/** The options that write reports. */
const REPORTS: readonly string[] = ['sarif', 'junit'];

/** What was checked. */
type Found = Pick<Checked, 'files' | 'issues'>;

/** `flagctl validate`. Resolves to the exit code; throws `CommandError` for what is not valid. */
export async function validate(call: Call): Promise<number> {
  refuseOnePlace(call, REPORTS);
  const [word, ...rest] = call.args;
  const isTargeting = word === 'targeting';
  const noun = word === undefined ? undefined : nounOf(word);
  const named = [...(isTargeting || noun !== undefined ? rest : call.args), ...call.texts('filename')];
  if (isTargeting && call.has('set')) throw new UsageError('--set fills in manifests, and no targeting by itself');
  if (isTargeting) {
    const { checkTargeting } = await import('./targeting.ts');
    return await told(call, await checkTargeting(call, named), true);
  }
  if (call.text('targeting') !== undefined || call.text('flag') !== undefined) {
    throw new UsageError("--targeting and --flag go with 'flagctl validate targeting'");
  }
  if (named.length === 0) {
    throw new UsageError('validate: which files? Name them by -f <file>, or - for the standard input');
  }
  const checked = await checkFiles(call, named);
  if (noun !== undefined) checkKind(noun.kind, checked);
  return await told(call, call.has('remote') ? await withRemote(call, checked) : checked, false);
}

async function withRemote(call: Call, checked: Checked): Promise<Found> {
  // what could not be read may be what a server is to be asked of
  if (checked.manifests.length === 0 && checked.issues.some(({ severity }) => severity === 'error')) return checked;
  const { isServersWord, remoteIssues } = await import('./remote.ts');
  // the server has the flags and the attributes whose manifests are not here
  const local = checked.issues.filter((issue) => !isServersWord(issue));
  const issues = once([...local, ...(await remoteIssues(call, checked.manifests))]);
  return { files: checked.files, issues: inOrder(issues, checked.files) };
}

/** Files that were said to be of a kind hold one of it. Throws `CommandError`. */
function checkKind(kind: Kind, { files, manifests, documents, issues }: Checked): void {
  if (manifests.some((manifest) => manifest.kind === kind)) return;
  // what could not be read may have been one
  if (issues.some(({ severity }) => severity === 'error')) return;
  if (kind === 'FeatureFlag' && documents.length > 0 && manifests.length === 0) return;
  const { one } = nounOfKind(kind);
  const seen = [...new Set(manifests.map((manifest) => nounOfKind(manifest.kind).one))];
  throw new CommandError(EXIT.invalid, `there is no ${one} in ${files.join(', ')}`, [
    ...(seen.length === 0 ? [] : [`There is: ${seen.join(', ')}`]),
    `Expected a manifest with kind: ${kind}`,
  ]);
}

async function told(call: Call, { files, issues }: Found, isTargeting: boolean): Promise<number> {
  const strict = call.has('strict');
  const isTaken = isOutputTaken(call, REPORTS);
  const counts = countsOf(issues);
  const failing = issues.filter(({ severity }) => strict || severity === 'error');
  const isValid = failing.length === 0;
  const exit = exitOfErrors(failing);
  await refuseInputs(call, REPORTS, files);
  // the standard output is taken
  const say = (text: string): void | Promise<void> => (isTaken ? call.world.err(text) : call.world.out(text));
  const output = isTaken ? 'table' : outputOf(call);
  if (output === 'json' || output === 'yaml') {
    const value = { valid: isValid, files, ...counts, issues };
    await call.world.out(output === 'json' ? jsonText(value) : await yamlText(value));
    await saveReports(call, { files, issues }, strict);
    return isValid ? EXIT.ok : exit;
  }
  const style = styleOf(call, isTaken ? 'err' : 'out');
  const isWhole = !isValid && (exit === EXIT.notFound || isWrongTargeting(issues, isTargeting));
  // what is told with the error is not told twice
  const shown = isWhole ? issues.filter(({ severity }) => severity !== 'error') : issues;
  const show = (some: readonly Issue[]): void | Promise<void> =>
    some.length > 0 ? say(some.map((issue) => `${issueLine(issue, style)}\n`).join('')) : undefined;
  await show(shown);
  // after it, for one that cannot be written ends the command
  try {
    await saveReports(call, { files, issues }, strict);
  } catch (thrown) {
    await show(issues.filter((issue) => !shown.includes(issue)));
    throw thrown;
  }
  if (isValid) {
    const what = files.length === 1 ? `${safe(files[0]!)} is valid` : `${files.length} files are valid`;
    const more = counts.warnings === 0 ? '' : `, ${countText(counts)}`;
    await say(`${style.green(what)}${more === '' ? '' : style.yellow(more)}\n`);
    return EXIT.ok;
  }
  if (exit === EXIT.notFound) throw missingError(failing);
  throw isWhole ? targetingError(call, issues) : invalidError({ files, issues }, strict);
}

const yamlText = async (value: unknown): Promise<string> => {
  const { valueToYaml } = await import('@flagwright/core/text');
  return valueToYaml(JSON.parse(JSON.stringify(value)));
};

/** Whether all errors are of targeting: of that which was asked for, or of text that is no JSON. */
function isWrongTargeting(issues: readonly Issue[], isTargeting: boolean): boolean {
  const errors = issues.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  if (isTargeting) return !errors.some((code) => code === UNREADABLE || code === NO_FILE) && errors.length > 0;
  return errors.length > 0 && errors.every((code) => code === 'invalid-targeting' || code === 'bad-json');
}

/** Of files that are not there, if that is all that is wrong. */
function missingError([first, ...others]: readonly Issue[]): CommandError {
  const hints = first!.hint === undefined ? [] : [first!.hint];
  return new CommandError(EXIT.notFound, first!.message, [
    ...hints,
    ...others.slice(0, MOST_ISSUES).map(({ message }) => message),
  ]);
}

function targetingError(call: Call, issues: readonly Issue[]): CommandError {
  const style = styleOf(call, 'err');
  const errors = issues.filter(({ severity }) => severity === 'error');
  return new CommandError(EXIT.invalid, 'invalid targeting expression', [
    'Expected valid JSON Logic format',
    'See https://jsonlogic.com/ for syntax documentation',
    ...errors.slice(0, MOST_ISSUES).map((issue) => issueLine(issue, { ...style, ...PLAIN })),
  ]);
}

const MOST_ISSUES = 20;

/** Whatever is told as an error is made safe for the terminal, colours among it. */
const PLAIN = { bold: (text: string) => text, red: (text: string) => text, cyan: (text: string) => text };

function invalidError({ files, issues }: Found, strict: boolean): CommandError {
  const counts = countsOf(issues);
  const wrong = filesOf(issues.filter(({ severity }) => strict || severity === 'error'));
  const which =
    files.length === 1 ? `${files[0]} is` : `${wrong.size} of ${files.length} files ${wrong.size === 1 ? 'is' : 'are'}`;
  const why = counts.errors === 0 ? ' (--strict)' : '';
  return new CommandError(EXIT.invalid, `${which} not valid: ${countText(counts)}${why}`);
}

async function saveReports(call: Call, { files, issues }: Found, strict: boolean): Promise<void> {
  const [sarif, junit] = [call.text('sarif'), call.text('junit')];
  if (sarif === undefined && junit === undefined) return;
  const { saveReport } = await import('../report/save.ts');
  if (sarif !== undefined) {
    const { sarifText } = await import('../report/sarif.ts');
    const results = issues.map((issue) => ({ ...issue, file: issue.place?.file ?? files[0] ?? '' }));
    await saveReport(call.world, sarif, sarifText({ name: 'flagctl', version: VERSION }, results));
  }
  if (junit !== undefined) {
    const { junitXml } = await import('../report/junit.ts');
    await saveReport(call.world, junit, junitXml('flagctl validate', suitesOf(files, issues, strict)));
  }
}

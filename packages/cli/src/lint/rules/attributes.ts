import { USUAL_ATTRIBUTES } from '@flagwright/core';
import type { LintRule } from '../finding.ts';
import { isUsual, mentionsIn, textsIn } from '../usage.ts';

/** An attribute that is probably misspelt. */
export const similarAttribute: LintRule = {
  id: 'similar-attribute',
  summary: 'an attribute whose name nearly is that of another',
  help: 'An attribute that contexts do not have never matches, and nobody is told. This one is named once, and its name is that of another but for a letter, for capitals, or for - and _. Correct it; or declare the attributes under `attributes`, so that every name that is not among them is told of, and this is not.',
  severity: 'warning',
  *set(set) {
    // where attributes are declared, core tells of every other
    if (set.declares) return;
    const mentions = mentionsIn(set);
    if (mentions.size > MOST_NAMES) return;
    const known = new Map(
      [...mentions].map(([name, places]) => [name, new Set(places.map(({ owner }) => owner)).size]),
    );
    const names = [...new Set([...known.keys(), ...USUAL_ATTRIBUTES.keys()])];
    for (const [name, places] of mentions) {
      if (isUsual(name) || places.length > 1) continue;
      const near = names.find((other) => {
        if (other === name) return false;
        const often = (known.get(other) ?? 0) >= OFTEN || isUsual(other);
        return often && (plain(other) === plain(name) || isSlip(name, other));
      });
      if (near === undefined) continue;
      yield {
        path: places[0]!.path,
        message: `the attribute ${JSON.stringify(name)} is named here alone, and nearly is ${JSON.stringify(near)}`,
        hint: `did you mean ${JSON.stringify(near)}? If not, declare the attributes under \`attributes\``,
      };
    }
  },
};

/** A declared attribute that nothing looks at. */
export const unusedAttribute: LintRule = {
  id: 'unused-attribute',
  summary: 'a declared attribute that no flag looks at',
  help: 'No flag, segment or shared evaluator names the attribute. That is no fault if it is declared for flags to come.',
  severity: 'off',
  *set(set) {
    const used = new Set<string>(textsIn(set.broken));
    for (const name of mentionsIn(set).keys()) {
      // for `company.plan`, `company` may be what is declared
      const steps = name.split('.');
      for (let i = 1; i <= steps.length; i++) used.add(steps.slice(0, i).join('.'));
    }
    for (const name of Object.keys(set.document.attributes ?? {})) {
      if (used.has(name)) continue;
      yield { path: ['attributes', name], message: `nothing looks at the attribute ${JSON.stringify(name)}` };
    }
  },
};

/** More names are not compared with each other. */
const MOST_NAMES = 2_000;

/** An attribute that so many flags name is known to be right. */
const OFTEN = 3;

/** A name without what is written in several ways. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');

/** The shortest name that can be told from another by one letter. */
const SHORTEST = 5;

/**
 * Whether a name is another with one letter too many, too few or wrong, or with two changed about. Not where they
 * differ in a digit or in an `s` at the end: `line1`, and `tags` beside `tag`, are names of their own.
 */
function isSlip(name: string, other: string): boolean {
  if (name.length < SHORTEST || other.length < SHORTEST || Math.abs(name.length - other.length) > 1) return false;
  if (`${name}s` === other || `${other}s` === name) return false;
  let from = 0;
  while (from < name.length && name[from] === other[from]) from++;
  let end = 0;
  const most = Math.min(name.length, other.length) - from;
  while (end < most && name.at(-1 - end) === other.at(-1 - end)) end++;
  const [a, b] = [name.slice(from, name.length - end), other.slice(from, other.length - end)];
  if (/\d/.test(a + b)) return false;
  if (a.length <= 1 && b.length <= 1) return true;
  return a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0];
}

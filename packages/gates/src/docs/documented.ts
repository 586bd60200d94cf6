import type { Issue } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { fold } from '../names.ts';

export interface DocumentedOptions {
  /** Every gate needs a link to where it was proposed. Default: false. */
  readonly proposals?: boolean | undefined;
}

/** A shorter description tells nobody anything. */
const LEAST = 10;

/**
 * What a page for users needs and a declaration may do without: a description that says more than the name, the end of
 * what is deprecated and, if asked for, the proposal. That there are an owner and a description is checked by
 * `defineGates`.
 */
export function undocumented(gates: Gates, { proposals = false }: DocumentedOptions = {}): readonly Issue[] {
  const issues: Issue[] = [];
  const error = (name: string, field: string, code: string, message: string, expected: string): void => {
    issues.push({ severity: 'error', code, path: [name, field], message, expected });
  };
  for (const { name, stage, description, until, proposal } of gates.list()) {
    const said = description.trim().replace(/[.!]$/, '');
    if (fold(said.replace(/\s+/g, '')) === fold(name) || [...said].length < LEAST) {
      error(
        name,
        'description',
        'thin-description',
        `the description of ${name} does not say what it does`,
        'a sentence',
      );
    }
    const ends = gates.history(name).some((spec) => spec.stage === 'removed');
    if (stage === 'deprecated' && until === undefined && !ends) {
      error(
        name,
        'until',
        'no-until',
        `${name} is deprecated, and nobody can know for how long`,
        'the version it goes in',
      );
    }
    if (proposals && (proposal === undefined || proposal.trim() === '')) {
      error(name, 'proposal', 'no-proposal', `${name} has no proposal`, 'a URL, or a path in the repository');
    }
  }
  return issues;
}

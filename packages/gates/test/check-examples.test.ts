import { fileURLToPath } from 'node:url';
import { formatIssue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { declareGates } from '../../../examples/gates-cli/features.ts';
import { checkGates } from '../src/check/index.ts';
import { gateReference } from '../src/docs/index.ts';

// The check, on a program that somebody else wrote: gates by features, commands, options and choices.

const folder = fileURLToPath(new URL('../../../examples/gates-cli', import.meta.url));

describe('the example of a command line', () => {
  it('uses every gate it declares, and no other', async () => {
    const { issues, unchecked, uses } = await checkGates({
      gates: declareGates(),
      roots: [folder],
      featureBases: ['Feature'],
    });
    expect([...issues, ...unchecked].map(formatIssue)).toEqual([]);
    expect([...uses.keys()].sort()).toEqual(
      declareGates()
        .list()
        .map(({ name }) => name),
    );
  });

  it('is documented', () => {
    expect(gateReference(declareGates())).toContain('### `axolotl-mode`');
  });
});

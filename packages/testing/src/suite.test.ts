import { expect, it } from 'vitest';
import { sourceContract } from './source-contract.ts';

const open = (): never => {
  throw new Error('not opened');
};

it('an unknown divergence is refused', () => {
  const divergences = [{ test: 'reads minds', reason: 'it cannot' }];
  expect(() => sourceContract({ name: 'x', open, divergences })).toThrow('reads minds');
});

it('a divergence needs a reason', () => {
  const divergences = [{ test: 'closes more than once', reason: ' ' }];
  expect(() => sourceContract({ name: 'x', open, divergences })).toThrow('no reason');
});

import { FlagError } from '@flagwright/core';
import { upperGamma } from './gamma.ts';

/** P(X ≥ x) of the chi-squared distribution with that many degrees of freedom: Q(k/2, x/2). */
export function chiSquaredTail(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, x / 2);
}

/** P(|Z| ≥ |z|) of the normal distribution: that of z² with one degree of freedom. */
export function normalTails(z: number): number {
  return chiSquaredTail(z * z, 1);
}

/** P(Z ≤ z) of the normal distribution; precise in both tails. */
export function normalCdf(z: number): number {
  const tail = normalTails(z) / 2;
  return z < 0 ? tail : 1 - tail;
}

/**
 * The z with P(Z ≤ z) = p, for p from 0 to 1: Abramowitz and Stegun 26.2.22 to begin with, then Halley's method.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for another p.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new FlagError('INVALID_ARGUMENT', `p is ${p}; expected a number from 0 to 1`);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  let z = -(t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t)));
  for (let step = 0; step < 4; step++) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const error = (normalCdf(z) - p) / density;
    z -= error / (1 + (z * error) / 2);
  }
  return z;
}

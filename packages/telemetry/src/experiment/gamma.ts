// Our own few lines, tested against published values, rather than a library: what is needed is one function of two
// arguments, and libraries that have it bring hundreds.

/** From here on ln Γ is taken from Stirling's series, whose error is then below 10⁻¹⁵. */
const STIRLING_FROM = 12;

/** The coefficients B₂ₖ / 2k(2k − 1) of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];

/** ln Γ(x) of x > 0: NIST DLMF 5.11.1, with 5.5.1 for small x. */
export function logGamma(x: number): number {
  let product = 1;
  let large = x;
  while (large < STIRLING_FROM) product *= large++;
  const inverseSquare = 1 / (large * large);
  let series = 0;
  for (const coefficient of STIRLING.toReversed()) series = series * inverseSquare + coefficient;
  return (large - 0.5) * Math.log(large) - large + 0.5 * Math.log(2 * Math.PI) + series / large - Math.log(product);
}

const PRECISION = 1e-16;
const MOST_STEPS = 100_000;

/** The regularised incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a) of a > 0 and x ≥ 0: NIST DLMF 8.2.4. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerSeries(a, x) : factor * upperFraction(a, x);
}

/** γ(a, x) / xᵃe⁻ˣ as a series, for x below about a: NIST DLMF 8.7.1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_STEPS && term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/**
 * Γ(a, x) / xᵃe⁻ˣ as the even part of the continued fraction NIST DLMF 8.9.2, for x above about a; evaluated by its
 * convergents' ratios (Lentz's method: DLMF 3.10(iii)).
 */
function upperFraction(a: number, x: number): number {
  let denominator = x + 1 - a;
  let inverse = 1 / denominator;
  let ratio = Number.POSITIVE_INFINITY;
  let value = inverse;
  for (let n = 1; n < MOST_STEPS; n++) {
    const numerator = n * (a - n);
    denominator += 2;
    inverse = 1 / (numerator * inverse + denominator);
    ratio = denominator + numerator / ratio;
    const change = ratio * inverse;
    value *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return value;
}

export function median(numbers) {
  return quantile(numbers, 0.5);
}

export function quantile(numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** The median with its 95 % confidence interval, from 2,000 resamples with a fixed seed. */
export function interval(numbers) {
  let state = 1;
  const next = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const medians = Array.from({ length: 2000 }, () => median(numbers.map(() => numbers[next(numbers.length)])));
  return { middle: median(numbers), lower: quantile(medians, 0.025), upper: quantile(medians, 0.975) };
}

/** The median ratio with its interval. */
export function ratioOf(ratios) {
  const { middle: ratio, ...bounds } = interval(ratios);
  return { ratio, ...bounds };
}

import type { Names } from './names.ts';

// What panels and alerts ask in common, so that a panel shows what its alert sees.

/** Sum of the rates of a counter, per second, over a span of time; one for each value of the labels `by`. */
export function rateOf(counter: string, over: string, by?: string): string {
  return `sum(rate(${counter}[${over}]))${by === undefined ? '' : ` by (${by})`}`;
}

/** The latency, in s, that this part of evaluations does not exceed. */
export function evaluationLatency(names: Names, part: number, over: string): string {
  return quantile(part, rateOf(`${names.evaluationDuration}_bucket`, over, 'le'));
}

/** The latency, in s, that this part of the calls of each provider does not exceed. */
export function providerLatency(names: Names, part: number, over: string): string {
  return quantile(part, rateOf(`${names.providerLatency}_bucket`, over, 'le, provider'));
}

/** A quantile, where there is something to take it of; else it is NaN, which Grafana would show. */
export function unlessNothing(quantile: string): string {
  return `${quantile} >= 0`;
}

function quantile(part: number, rates: string): string {
  return `histogram_quantile(${part},\n  ${rates}\n)`;
}

/** A rate that is 0 if there is no such series yet, for a counter appears with what it counts first. */
function orZero(rate: string): string {
  return `(${rate} or vector(0))`;
}

/** The part of evaluations that failed, 0 to 1; nothing while there are none. */
export function errorRatio(names: Names, over: string): string {
  return `${orZero(rateOf(names.evaluationErrors, over))}\n/ (${rateOf(names.evaluations, over)} > 0)`;
}

/** The part of evaluations that were answered from fresh flags, 0 to 1; nothing while none are, or nothing is cached. */
export function cacheHitRatio(names: Names, over: string): string {
  const hits = orZero(rateOf(names.cacheHits, over));
  return `${hits}\n/ (${hits} + ${orZero(rateOf(names.cacheMisses, over))} > 0)`;
}

/** The flags that are evaluated most, with their evaluations per second. */
export function mostEvaluated(names: Names, count: number, over: string): string {
  return `topk(${count}, ${rateOf(names.evaluations, over, 'flag_key')})`;
}

/** Providers whose calls failed within the span, or whose last one did: one result for each, whatever the reason. */
export function providerDown(names: Names, over: string): string {
  const errors = `sum without (operation, error_type) (increase(${names.providerErrors}[${over}]))`;
  return `${errors} > 0\nor ${names.providerUp} == 0`;
}

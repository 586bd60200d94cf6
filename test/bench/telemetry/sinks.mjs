import { analytics, recorder } from '@flagwright/telemetry';
import { evaluationStats } from '@flagwright/telemetry/health';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';

/** Takes everything at once, and has nothing to do with it: what is left is the queue. */
export const nowhere = () => ({ name: 'nowhere', async export() {} });

/** Takes a batch, and never says so. */
export const hanging = () => ({ name: 'hanging', export: () => new Promise(() => undefined) });

/** What a sink costs that does nothing and has all it is told. */
function keeping() {
  let last;
  const sink = (record) => {
    last = record;
  };
  return { sinks: [sink], last: () => last };
}

const metrics = () => recorder(prometheusMetrics());

/** What a client or a hook is given, by the name of the subject. */
const GIVEN = {
  'no-sinks': () => ({ sinks: [] }),
  keeping,
  metrics,
  'metrics-per-flag': () => recorder(prometheusMetrics({ perFlag: true })),
  health: () => ({ sinks: [evaluationStats()] }),
  events: () => ({ sinks: [analytics(nowhere())] }),
  everything() {
    const { sinks, onRead } = metrics();
    return { sinks: [...sinks, evaluationStats(), analytics(nowhere())], onRead };
  },
};

/** The sinks of a subject, and what is told of reads, as both `createClient` and `observe` take them. */
export function given(name) {
  const make = GIVEN[name];
  if (make === undefined) throw new Error(`no sinks are called ${name}`);
  return make();
}

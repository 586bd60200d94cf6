export { analyse } from './analyse.ts';
export { experimentChart } from './chart.ts';
export type {
  Analysis,
  Comparison,
  Experiment,
  ExperimentWarning,
  ExperimentWarningCode,
  Reading,
  VariantCount,
  VariantResult,
} from './experiment.ts';
export { formatExperiment } from './format.ts';
export type { AnalyseOptions } from './options.ts';
export type { Interval } from './proportions.ts';
export { type ReadExperimentOptions, readExperiment } from './read-experiment.ts';
export type { ExperimentSource } from './source.ts';
export type { Share, SplitCheck } from './split-check.ts';

export type { FastifyReply, Handler, NodeResponse } from './answer.ts';
export {
  type EvaluationFigures,
  type EvaluationStats,
  type EvaluationStatsOptions,
  evaluationStats,
} from './evaluation-stats.ts';
export { type HealthHandlerOptions, healthHandler, livenessHandler, readinessHandler } from './handlers.ts';
export { type HealthCheck, type HealthParts, healthCheck } from './health-check.ts';
export { type HealthReport, type HealthReportParts, healthReport } from './health-report.ts';
export type { HealthSubject } from './subject.ts';
export type { HealthStatus } from './verdict.ts';

import { type Labelled, labelled } from './labelled.ts';

/** More exporters in one process than anybody has. */
const MOST_EXPORTERS = 50;

/** What is known of an exporter. */
export interface ExporterCells {
  readonly exporter: string;
  /** How many events came to each end; undefined before the first one. */
  outcomes: { sent: number; dropped: number; rejected: number } | undefined;
  /** How many wait. */
  queue: number | undefined;
}

/** A table of exporters; those for which there is no room share `other`. */
export function exporterTable(): Labelled<ExporterCells> {
  return labelled(MOST_EXPORTERS, 'other', (exporter) => ({ exporter, outcomes: undefined, queue: undefined }));
}

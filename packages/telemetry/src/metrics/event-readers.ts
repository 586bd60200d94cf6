import type { ExporterCells } from './event-table.ts';
import type { Reader, Sample } from './family.ts';
import type { Labelled } from './labelled.ts';

/** Reads what is counted of analytics events. */
export interface EventReaders {
  readonly events: Reader<Sample>;
  readonly eventQueue: Reader<Sample>;
}

/** The readers of a table of exporters. */
export function eventReaders(exporters: Labelled<ExporterCells>): EventReaders {
  return {
    events: {
      // all ends are shown once there is any: of the first event that is dropped, too, a rate can be taken then
      read: () =>
        Array.from(exporters.all()).flatMap(({ exporter, outcomes }) =>
          Object.entries(outcomes ?? {}).map(([outcome, value]) => ({ labels: { exporter, outcome }, value })),
        ),
      reset() {
        for (const { outcomes } of exporters.all())
          if (outcomes !== undefined) Object.assign(outcomes, { sent: 0, dropped: 0, rejected: 0 });
      },
    },
    eventQueue: {
      read: () =>
        Array.from(exporters.all()).flatMap(({ exporter, queue }) =>
          queue === undefined ? [] : { labels: { exporter }, value: queue },
        ),
      reset() {
        for (const cells of exporters.all()) cells.queue = undefined;
      },
    },
  };
}

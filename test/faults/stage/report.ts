/** What one round showed. Times in ms. */
export interface Row {
  readonly backend: string;
  readonly fault: string;
  readonly evaluations: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** From the fault until the last follower told that it is stale; undefined if none had to. */
  readonly notice: number | undefined;
  /** From the server's first answer until the last follower had read the flags as they are. */
  readonly fresh: number;
  /** From the last commit until the last follower served what it made. */
  readonly converge: number;
}

const rows: Row[] = [];

/** Keeps a row for the table. */
export function report(row: Row): void {
  rows.push(row);
}

const HEAD = ['backend', 'fault', 'rounds', 'evaluations', 'commits', 'lost', 'notice', 'fresh again', 'converge'];

/** The rounds so far as a table with a line for each fault; of times the longest. */
export function table(): string {
  const names = new Set(rows.map(nameOf));
  const lines = [...names].map((name) => {
    const group = rows.filter((row) => nameOf(row) === name);
    const sum = (of: (row: Row) => number): string =>
      group.reduce((total, row) => total + of(row), 0).toLocaleString('en');
    const most = (of: (row: Row) => number | undefined): string => {
      const times = group.map(of).filter((time) => time !== undefined);
      return times.length === 0 ? '–' : `${Math.round(Math.max(...times))} ms`;
    };
    return [
      group[0]!.backend,
      group[0]!.fault,
      String(group.length),
      sum((row) => row.evaluations),
      sum((row) => row.acknowledged),
      sum((row) => row.lost),
      most((row) => row.notice),
      most((row) => row.fresh),
      most((row) => row.converge),
    ];
  });
  const widths = HEAD.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i]!.length)));
  const format = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [HEAD, widths.map((width) => '─'.repeat(width)), ...lines].map(format).join('\n');
}

function nameOf({ backend, fault }: Row): string {
  return `${backend}: ${fault}`;
}

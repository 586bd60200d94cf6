/** What is told while something is looked at. */
export interface Reader {
  read(attribute: string, operator: string, values?: readonly unknown[]): void;
  segment(name: unknown): void;
  evaluator(name: unknown): void;
}

/** Text of others in one line: line breaks are blanks, so that it cannot look like lines of ours. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\u0085\u2028\u2029]\s*/g, ' ');
}

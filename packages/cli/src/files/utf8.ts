import { isUtf8 } from 'node:buffer';
import { CommandError, EXIT } from '../errors/command-error.ts';

/** The text of a file. Throws `CommandError`, with the place in `more`, if its bytes are not UTF-8. */
export function textOf(bytes: Uint8Array, file: string): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const place = firstFault(bytes);
  throw new CommandError(
    EXIT.invalid,
    `${file} is not UTF-8`,
    [`Save it as UTF-8: what is not stands in line ${place.line}, column ${place.column}`],
    { place: { file, ...place } },
  );
}

/** Where bytes stop being UTF-8. */
function firstFault(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  let from = 0;
  for (let line = 1; ; line++) {
    // no character of several bytes has a line feed among them
    const feed = bytes.indexOf(0x0a, from);
    const own = bytes.subarray(from, feed === -1 ? undefined : feed);
    if (feed === -1 || !isUtf8(own)) return { line, column: new TextDecoder().decode(own).indexOf('\ufffd') + 1 };
    from = feed + 1;
  }
}

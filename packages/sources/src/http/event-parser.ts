import { FlagError } from '@flagwright/core';

/** A server-sent event. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
}

/**
 * Takes the bytes of an event stream in pieces of any size and calls back for each event, as WHATWG HTML 9.2.6 has it:
 * lines end in CR, LF or CRLF, a byte order mark is passed over, and an event that the stream ends within is none. The
 * fields `id` and `retry` mean nothing here. Throws `FlagError('TOO_LARGE')` at a line, or the data of one event, of
 * more than `maxLength` characters.
 */
export function eventParser(dispatch: (event: StreamEvent) => void, maxLength = 65_536): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let afterReturn = false;
  let type = '';
  let data: string | undefined;

  const bound = (length: number): void => {
    if (length > maxLength) {
      throw new FlagError('TOO_LARGE', `a line or an event of the stream has more than ${maxLength} characters`);
    }
  };
  const take = (line: string): void => {
    bound(line.length);
    if (line === '') {
      const event = data === undefined ? undefined : { type: type === '' ? 'message' : type, data };
      type = '';
      data = undefined;
      if (event !== undefined) dispatch(event);
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    if (field === 'data') {
      data = data === undefined ? value : `${data}\n${value}`;
      bound(data.length);
    }
  };

  return (chunk) => {
    const text = decoder.decode(chunk, { stream: true });
    if (text === '') return;
    // the LF of a CRLF that two chunks share
    let start = afterReturn && text.startsWith('\n') ? 1 : 0;
    afterReturn = text.endsWith('\r');
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code !== 10 && code !== 13) continue;
      const line = rest + text.slice(start, i);
      rest = '';
      if (code === 13 && text.charCodeAt(i + 1) === 10) i++;
      start = i + 1;
      take(line);
    }
    rest += text.slice(start);
    bound(rest.length);
  };
}

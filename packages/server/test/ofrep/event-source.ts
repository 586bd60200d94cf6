type Heard = (event: { readonly type: string; readonly data: string; readonly lastEventId: string }) => void;

/**
 * `EventSource` of browsers, over `fetch`, as far as a provider uses it: it comes back after a connection that broke, with
 * the id of the last event, and gives up on an answer that is no event stream.
 */
export class FetchEventSource {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly url: string;
  readyState = 0;
  readonly #listeners = new Map<string, Set<Heard>>();
  readonly #aborter = new AbortController();
  #lastEventId = '';
  #retry = 1_000;

  constructor(url: string | URL) {
    this.url = String(url);
    void this.#run();
  }

  addEventListener(type: string, heard: Heard): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(heard));
  }

  removeEventListener(type: string, heard: Heard): void {
    this.#listeners.get(type)?.delete(heard);
  }

  close(): void {
    this.readyState = 2;
    this.#aborter.abort();
  }

  #emit(type: string, data = ''): void {
    if (this.#aborter.signal.aborted) return;
    for (const heard of [...(this.#listeners.get(type) ?? [])]) heard({ type, data, lastEventId: this.#lastEventId });
  }

  async #run(): Promise<void> {
    while (this.readyState !== 2) {
      const wanted = await this.#connect().catch(() => true);
      if (this.#aborter.signal.aborted) return;
      this.readyState = wanted ? 0 : 2;
      this.#emit('error');
      if (wanted) await new Promise((resolve) => setTimeout(resolve, this.#retry));
    }
  }

  /** Reads one connection to its end; whether there may be another. */
  async #connect(): Promise<boolean> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.#lastEventId !== '') headers['last-event-id'] = this.#lastEventId;
    const answer = await fetch(this.url, { headers, signal: this.#aborter.signal });
    if (answer.status !== 200 || !answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      await answer.body?.cancel();
      return false;
    }
    this.readyState = 1;
    this.#emit('open');
    let text = '';
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
    return true;
  }

  #take(block: string): void {
    let type = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line)!;
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') this.#lastEventId = value;
      else if (field === 'retry') this.#retry = Number(value);
    }
    if (data.length > 0) this.#emit(type, data.join('\n'));
  }
}

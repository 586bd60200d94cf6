import { answer } from '../../propagation/workers/answer.mjs';
import { api } from '../api.mjs';

/** Reads by the API, one after the other. */
let server;

answer({
  open(url, tokens) {
    server = api(url, tokens);
  },
  /** How long each of `count` answers to a question took, parsed and all, in ms; and the last of them. */
  async time(path, count) {
    const took = [];
    let said;
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      const { text } = await server.raw('GET', path);
      said = { answer: JSON.parse(text), bytes: text.length };
      took.push(performance.now() - began);
    }
    const { items, totalCount } = said.answer;
    return { took, items: items.length, total: totalCount, bytes: said.bytes };
  },
});

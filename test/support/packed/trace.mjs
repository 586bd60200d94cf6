// Imports one module and prints the URLs of all modules that were loaded for it, as one line of JSON.
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const [specifier] = process.argv.slice(2);
const { port1, port2 } = new MessageChannel();
port1.unref();
register('./trace-hooks.mjs', import.meta.url, { data: { port: port2 }, transferList: [port2] });
await import(specifier);

const loaded = [];
for (let message = receiveMessageOnPort(port1); message; message = receiveMessageOnPort(port1)) {
  loaded.push(message.message);
}
for (const file of Object.keys(createRequire(import.meta.url).cache)) loaded.push(pathToFileURL(file).href);
process.stdout.write(JSON.stringify(loaded), () => process.exit());

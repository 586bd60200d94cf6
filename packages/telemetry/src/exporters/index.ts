export type { Exporter } from '../analytics/exporter.ts';
export { type FileExporterOptions, fileExporter } from './file/index.ts';
export { type HttpExporterOptions, httpExporter } from './http/index.ts';
export { type SignedRequest, verifySignature } from './http/verify.ts';
export { type KafkaExporterOptions, type KafkaMessage, type KafkaProducer, kafkaExporter } from './kafka/index.ts';
export { type StdoutExporterOptions, stdoutExporter } from './stdout.ts';

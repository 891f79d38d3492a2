// A service in JavaScript that measures its model calls by the semantic conventions. Reads lines "FROM COUNT": makes those calls, exports, and says "done" or what went wrong.
//   node client.mjs ENDPOINT proto|json cumulative|delta MODEL
import { createInterface } from 'node:readline';
import { OTLPMetricExporter as Json, AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as Proto } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [endpoint, encoding, temporality, model] = process.argv.slice(2);
const exporter = new (encoding === 'proto' ? Proto : Json)({
  url: `${endpoint}/v1/metrics`,
  temporalityPreference: temporality === 'delta' ? AggregationTemporalityPreference.DELTA : AggregationTemporalityPreference.CUMULATIVE,
});
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': `js-${encoding}-${temporality}`, 'service.instance.id': `${process.pid}` }),
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
});
const meter = provider.getMeter('js-llm-client');
const tokens = meter.createHistogram('gen_ai.client.token.usage', { unit: '{token}' });
const duration = meter.createHistogram('gen_ai.client.operation.duration', { unit: 's' });

for await (const line of createInterface({ input: process.stdin })) {
  const [from, count] = line.split(' ').map(Number);
  for (let n = from; n < from + count; n++) {
    const said = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': model, 'gen_ai.response.model': model };
    tokens.record(1000 + n, { ...said, 'gen_ai.token.type': 'input' });
    tokens.record(7 * n, { ...said, 'gen_ai.token.type': 'output' });
    duration.record(0.25, said);
  }
  try {
    await provider.forceFlush();
    console.log('done');
  } catch (error) {
    console.log(`failed ${error}`);
  }
}
await provider.shutdown();

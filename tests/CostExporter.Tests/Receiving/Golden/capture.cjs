// Makes the files beside this one: what real JavaScript instrumentations send of a plain call, a streamed one, one that fails and an embedding, to an upstream that is made up.
//   npm install openai@5 @opentelemetry/sdk-node@0.223.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/exporter-metrics-otlp-http@0.223.0 \
//     @opentelemetry/exporter-trace-otlp-http@0.223.0 @opentelemetry/instrumentation-openai@0.21.0 @traceloop/instrumentation-openai@0.27.0 openlit@1.15.0
//   node capture.cjs otel | traceloop | openlit
// writes one file for each OTLP request. Kept of them: what identifies a service, and of histograms count and sum.
const http = require('http');
const fs = require('fs');
const lib = process.argv[2];
const usage = {
  prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200,
  prompt_tokens_details: { cached_tokens: 600 }, completion_tokens_details: { reasoning_tokens: 50 },
};
let requests = 0;

function answer(request, body, response) {
  const json = value => { response.setHeader('content-type', 'application/json'); response.end(JSON.stringify(value)); };
  const signal = /\/v1\/(metrics|traces|logs)$/.exec(request.url);
  if (signal) {
    fs.writeFileSync(`${lib}-${signal[1]}-${requests++}.json`, body);
    return json({});
  }

  const asked = JSON.parse(body);
  const [id, model] = ['chatcmpl-golden', 'gpt-4o-2024-08-06'];
  if (asked.model === 'bad') {
    response.statusCode = 429;
    return json({ error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit_exceeded' } });
  }

  if (request.url.includes('embeddings')) {
    return json({ object: 'list', model: asked.model, data: [{ object: 'embedding', index: 0, embedding: 'AAAAAA==' }], usage: { prompt_tokens: 30, total_tokens: 30 } });
  }

  if (!asked.stream) {
    return json({ id, object: 'chat.completion', created: 1, model, choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }], usage });
  }

  response.setHeader('content-type', 'text/event-stream');
  const chunk = (choices, more) => response.write('data: ' + JSON.stringify({ id, object: 'chat.completion.chunk', created: 1, model, choices, ...more }) + '\n\n');
  chunk([{ index: 0, delta: { role: 'assistant', content: 'hi' } }]);
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  chunk([], { usage });
  response.end('data: [DONE]\n\n');
}

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', part => { body += part; });
  request.on('end', () => answer(request, body, response));
});

server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  let sdk;
  if (lib === 'openlit') {
    require('openlit').default.init({ otlpEndpoint: url, applicationName: 'golden', environment: 'test', disableBatch: true, captureMessageContent: false });
  } else {
    const { NodeSDK } = require('@opentelemetry/sdk-node');
    const { PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
    const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-http');
    const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
    const { OpenAIInstrumentation } = require(`@${lib === 'otel' ? 'opentelemetry' : 'traceloop'}/instrumentation-openai`);
    sdk = new NodeSDK({
      serviceName: 'golden',
      instrumentations: [new OpenAIInstrumentation({ traceContent: false })],
      traceExporter: new OTLPTraceExporter({ url: url + '/v1/traces' }),
      metricReader: new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: url + '/v1/metrics' }), exportIntervalMillis: 3_600_000 }),
    });
    sdk.start();
  }

  const OpenAI = require('openai');
  const client = new OpenAI({ apiKey: 'none', baseURL: url + '/v1', maxRetries: 0 });
  const messages = [{ role: 'user', content: 'hello' }];
  await client.chat.completions.create({ model: 'gpt-4o', messages });
  for await (const _ of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true } }));
  await client.chat.completions.create({ model: 'bad', messages }).catch(() => {});
  await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' });
  await sdk?.shutdown();
  setTimeout(() => process.exit(0), 3_000);
});

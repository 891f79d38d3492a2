import { key } from './api.js';
import { el } from './dom.js';

/** For a ledger without a call: how one gets there. */
export function empty() {
  const base = new URL('.', location.href).href.replace(/\/$/, '');
  const settings = [`OTEL_EXPORTER_OTLP_ENDPOINT=${base}`, 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf', ...(key.value ? ['OTEL_EXPORTER_OTLP_HEADERS=X-Api-Key=KEY-THAT-MAY-WRITE'] : [])].join('\n');
  return [
    el('h2', {}, 'No calls yet: here is how to send some'),
    el('p', {}, 'The ledger is open and has nothing in it. The page looks again by itself.'),
    el('h3', {}, 'From a .NET application'),
    el('p', {}, 'Track a chat client, and let each call’s usage go to this service:'),
    el('pre', { tabindex: 0, 'aria-label': 'Example in C#' }, el('code', {}, 'IChatClient client = provider.UseUsageTracking();\nservices.AddUsageEventOtlp();')),
    el('h3', {}, 'From any other language'),
    el('p', {}, 'Whatever sends OpenTelemetry metrics of generative AI (gen_ai.client.token.usage), or spans with gen_ai.usage.*, can send them here, or to a Collector that does.'),
    el('h3', {}, 'In the environment of either'),
    el('pre', { tabindex: 0, 'aria-label': 'Example of an environment' }, el('code', {}, settings)),
    el('p', { class: 'quiet' }, 'docs/operations.md has the Collector’s configuration, keys and tenants.'),
  ];
}

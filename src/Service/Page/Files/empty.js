import { el } from './dom.js';

/** For a ledger without a call: how one gets there. */
export function empty() {
  const base = new URL('.', location.href).href.replace(/\/$/, '');
  return [
    el('h2', {}, 'No calls yet: here is how to send some'),
    el('p', {}, 'The ledger is open and has nothing in it. The page looks again by itself.'),
    el('h3', {}, 'From a .NET application'),
    el('p', {}, 'Track a chat client, and send each call’s usage to this service:'),
    el('pre', { tabindex: 0, 'aria-label': 'Example in C#' }, el('code', {}, [
      'IChatClient client = provider.UseUsageTracking();',
      '',
      `// OTEL_EXPORTER_OTLP_ENDPOINT=${base}`,
      'services.AddUsageEventOtlp();',
    ].join('\n'))),
    el('h3', {}, 'From any other language'),
    el('p', {}, 'Whatever sends OpenTelemetry metrics of generative AI (gen_ai.client.token.usage) or spans with gen_ai.usage.* can send them here, or to a Collector that does:'),
    el('pre', { tabindex: 0, 'aria-label': 'Example of an environment' }, el('code', {}, `OTEL_EXPORTER_OTLP_ENDPOINT=${base}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`)),
    el('p', { class: 'quiet' }, 'docs/operations.md has the Collector’s configuration, keys and tenants.'),
  ];
}

import { el } from './dom.js';

const words = text => text.replaceAll('_', ' ');
const isBad = value => /^(unhealthy|down|failed|error|store_unavailable|unavailable)$/i.test(value);
const isWeak = value => /^(degraded|warning|stale|behind)$/i.test(value);

function status(value) {
  const [kind, sign] = isBad(value) ? ['over', '■'] : isWeak(value) ? ['warn', '▲'] : ['ok', '✓'];
  return el('strong', { class: `word ${kind}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), words(value));
}

function entries(object) {
  return el('dl', { class: 'facts' }, Object.entries(object).filter(([, value]) => value !== null && value !== '').map(([name, value]) => [
    el('dt', {}, words(name)),
    el('dd', {}, name === 'status' ? status(value)
      : Array.isArray(value) ? (value.length === 0 ? '–' : el('ul', {}, value.map(item => el('li', {}, typeof item === 'object' ? entries(item) : String(item)))))
      : typeof value === 'object' ? entries(value)
      : String(value)),
  ]));
}

/** How the service and what it keeps are: whatever it says of itself, in its own words. */
export function health(report) {
  return [entries(report)];
}

import { el, scroll } from './dom.js';
import { plural } from './format.js';

const isTrue = value => value === true || value === 'true';

function state(kind, text) {
  const sign = { ok: '✓', warn: '▲', over: '■' }[kind];
  return el('span', { class: `word ${kind}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), text);
}

function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

// Whole seconds, minutes or hours: nobody needs more of an age.
function age(seconds) {
  const value = Number(seconds);
  return value < 120 ? `${Math.round(value)} s` : value < 7200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}

function status(word) {
  return word === 'ok' || word === 'ready' ? state('ok', 'well')
    : word === 'store_unavailable' ? state('over', 'the store does not answer')
    : state('warn', word === 'degraded' ? 'something needs a look' : word);
}

function store(report) {
  return report ? [
    ['Ledger', `${report.place}${report.kind ? ` (${report.kind})` : ''}`],
    ['Writes', isTrue(report.is_written) ? state('ok', `reach it, within ${(Number(report.took_seconds) * 1000).toFixed(1)} ms`) : state('over', `do not reach it: ${report.error ?? 'it does not say why'}`)],
    ['To change there', report.concerns?.length ? el('ul', {}, report.concerns.map(concern => el('li', {}, state('warn', concern)))) : null],
  ] : [];
}

function exporters(list) {
  return scroll('Exporters, table', el('table', { id: 'exporters' },
    el('caption', {}, 'Exporters that write the ledger'),
    el('thead', {}, el('tr', {}, ['Machine', 'Process', 'All sent until', 'State'].map(title => el('th', { scope: 'col' }, title)))),
    el('tbody', {}, list.map(one => el('tr', {},
      el('th', { scope: 'row', class: 'name' }, one.host),
      el('td', {}, one.process_id),
      el('td', {}, `${age(one.age_seconds)} ago`),
      el('td', {}, isTrue(one.is_overdue)
        ? state('over', `not heard of: what it held ${isTrue(one.journal) ? 'is in its journal' : 'may be lost'}`)
        : state('ok', 'alive')))))));
}

/** How the ledger is: its store, who writes it, its prices. */
export function health(report) {
  return [
    facts([
      ['State', status(report.status)],
      ...store(report.store),
      ['Prices', report.prices ? `${report.prices.version}, ${plural(report.prices.age_days, 'day')} old` : null],
      ['Behind', report.lag_seconds ? `${age(report.lag_seconds)} at most: what exporters hold is not in the figures yet` : null],
      ['Service', report.version ?? null],
    ]),
    report.exporters?.length ? exporters(report.exporters) : report.exporters ? el('p', { class: 'quiet' }, 'No application writes this ledger itself right now; what arrives over OTLP, this service writes.') : null,
  ];
}

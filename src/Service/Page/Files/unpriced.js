import { el, scroll } from './dom.js';
import { count, part, plural } from './format.js';
import { addCounts } from './decimal.js';

function advice() {
  return el('div', {},
    el('h3', {}, 'What to do'),
    el('ol', {},
      el('li', {}, 'Look at the names: a misspelt model, or a deployment’s own name, is known to no price list. ', el('code', {}, 'llmtelemetry price --model NAME --explain'), ' says what a name leads to.'),
      el('li', {}, 'Get newer prices, or write the price down yourself, as “Your own prices” in docs/prices.md shows: ', el('code', {}, 'llmtelemetry prices update'), '.'),
      el('li', {}, 'Put the cost into calls that are past: ', el('code', {}, 'llmtelemetry reprice --from DAY --to DAY --prices FILE'), ' shows the difference first and changes nothing until it is told to.')));
}

/** Which calls have no price, and what helps. */
export function unpriced(report, total) {
  if (total.unpriced === '0' && total.unmeasured === '0' && total.unpriced_tokens === '0') {
    return [el('p', {}, 'None in this period: every amount above is whole.')];
  }
  const rows = report.rows.filter(row => row.unpriced !== '0' || row.unpriced_tokens !== '0');
  return [
    total.unpriced === '0' && total.unpriced_tokens === '0' ? null : el('p', {}, `${plural(total.unpriced, 'call')} (${part(total.unpriced, total.calls)} of all, ${plural(total.unpriced_tokens, 'token')}) used a model whose price is not known. The amounts above are without them: the true cost is higher.`),
    total.unmeasured === '0' ? null : el('p', {}, `${plural(total.unmeasured, 'call')} (${part(total.unmeasured, total.calls)} of all) reported no usage, so nobody can price them: streams that ask for no usage, or calls that failed.`),
    rows.length === 0 ? null : scroll('Calls without a price, table', el('table', { id: 'unpriced-rows' },
      el('caption', {}, 'Models without a price'),
      el('thead', {}, el('tr', {}, ['Provider', 'Model', 'Calls', 'Tokens'].map((title, at) => el('th', { scope: 'col', class: at > 1 ? 'number' : null }, title)))),
      el('tbody', {}, rows.map(row => row.other === 'true' || row.other === true
        ? el('tr', {}, el('th', { scope: 'row', colspan: 2 }, el('i', {}, 'all others')), el('td', { class: 'number' }, count(row.unpriced)), el('td', { class: 'number' }, count(row.unpriced_tokens)))
        : el('tr', {},
          el('td', { class: 'name' }, row.provider ?? el('i', {}, 'not said')),
          el('th', { scope: 'row', class: 'name' }, row.model ?? el('i', {}, 'not said')),
          el('td', { class: 'number' }, count(row.unpriced)),
          el('td', { class: 'number' }, count(row.unpriced_tokens)))))),
    ),
    total.unpriced === '0' && total.unpriced_tokens === '0' ? null : advice(),
  ];
}

import { addCounts, toPico } from './decimal.js';
import { el, scroll } from './dom.js';
import { count, money, moneyDecimals, part } from './format.js';
import { href, withFilter } from './state.js';

const titles = { provider: 'Providers', model: 'Models', user: 'Users', feature: 'Features' };
const columns = [['name', ''], ['cost', 'Cost'], ['calls', 'Calls'], ['tokens', 'Tokens']];

function tokens(row) {
  return addCounts(row.input_tokens, row.output_tokens);
}

function heading(dimension, [sort, title], state, go) {
  const isSorted = state.sort === sort;
  const text = title || titles[dimension].slice(0, -1);
  return el('th', { scope: 'col', class: sort === 'name' ? null : 'number', 'aria-sort': isSorted ? (sort === 'name' ? 'ascending' : 'descending') : null },
    el('button', { type: 'button', class: 'sort', 'data-key': `${dimension}-${sort}`, title: `Order by ${text.toLowerCase()}`, onclick: () => go({ ...state, sort }) },
      text, el('span', { 'aria-hidden': 'true' }, isSorted ? (sort === 'name' ? ' ▲' : ' ▼') : '')));
}

function name(dimension, row, state, go) {
  if (row.other === 'true' || row.other === true) {
    return el('i', {}, 'all others');
  }
  const next = withFilter(state, dimension, row[dimension] ?? '');
  return el('a', {
    href: href(next), 'data-key': `${dimension}=${row[dimension] ?? ''}`, title: `Only this ${dimension}`,
    onclick: event => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        go(next);
      }
    },
  }, row[dimension] ?? el('i', {}, 'not said'));
}

// As wide as the row's part of the largest row.
function cost(row, most, decimals) {
  const width = row.cost === null || most === 0n ? 0 : Number(toPico(row.cost) * 1000n / most) / 10;
  return el('td', { class: 'number cost' }, el('span', { class: 'bar', 'width%': width, 'aria-hidden': 'true' }), el('span', {}, money(row.cost, decimals)));
}

function table(dimension, rows, total, state, go) {
  const decimals = moneyDecimals([total.cost, ...rows.map(row => row.cost)]);
  const most = rows.reduce((max, row) => row.cost !== null && toPico(row.cost) > max ? toPico(row.cost) : max, 0n);
  return scroll(`${titles[dimension]}, table`, el('table', { id: `by-${dimension}` },
    el('caption', {}, titles[dimension]),
    el('thead', {}, el('tr', {}, columns.map(column => heading(dimension, column, state, go)), el('th', { scope: 'col', class: 'number' }, 'Part'))),
    el('tbody', {}, rows.map(row => el('tr', {},
      el('th', { scope: 'row', class: 'name' }, name(dimension, row, state, go)),
      cost(row, most, decimals),
      el('td', { class: 'number' }, count(row.calls)),
      el('td', { class: 'number' }, count(tokens(row))),
      el('td', { class: 'number' }, part(row.cost, total.cost))))),
    el('tfoot', {}, el('tr', {},
      el('th', { scope: 'row' }, 'Total'),
      el('td', { class: 'number' }, money(total.cost, decimals)),
      el('td', { class: 'number' }, count(total.calls)),
      el('td', { class: 'number' }, count(tokens(total))),
      el('td', {})))));
}

/** Where the period's spend went. */
export function breakdowns(usage, state, go) {
  return Object.keys(titles).map(dimension => el('div', { class: 'card' },
    usage.not_kept.includes(dimension)
      ? [el('h3', {}, titles[dimension]), el('p', { class: 'quiet' }, `This ledger does not keep ${titles[dimension].toLowerCase()} apart (setting Dimensions of the exporter).`)]
      : table(dimension, usage[`by_${dimension}`], usage.current_period, state, go)));
}

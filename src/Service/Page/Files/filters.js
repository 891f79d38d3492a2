import { byId, el, put } from './dom.js';
import { withFilter, withoutFilter } from './state.js';

const names = { today: 'Today', '7d': 'Last 7 days', month: 'This month', '30d': 'Last 30 days', year: 'This year' };

let current;
let move;
let known = {};

/** The period, as a heading says it. */
export function periodName(state) {
  return names[state.period] ?? (state.from && state.to ? `${state.from} to ${state.to}` : state.from ? `Since ${state.from}` : state.to ? `Until ${state.to}` : 'This month');
}

function chips() {
  put(byId('chips'), Object.entries(current.filters).map(([dimension, value]) => el('li', {},
    `${dimension}: `, value === '' ? el('i', {}, 'not said') : el('b', {}, value),
    el('button', { type: 'button', 'data-key': `remove-${dimension}`, 'aria-label': `Remove the filter ${dimension}: ${value || 'not said'}`, onclick: () => {
      move(withoutFilter(current, dimension));
      byId('value').focus();
    } }, '×'))));
}

function suggest() {
  put(byId('values'), (known[byId('dimension').value] ?? []).map(value => el('option', { value })));
}

/** Shows what is chosen; usage: what there is to choose from. */
export function filters(state, usage, go) {
  const isNew = current !== state;
  [current, move] = [state, go];
  if (usage) {
    known = Object.fromEntries(['provider', 'model', 'user', 'feature'].map(dimension => [dimension, usage[`by_${dimension}`].map(row => row[dimension]).filter(value => value !== null)]));
    suggest();
  }
  if (isNew) {
    byId('period').value = state.period;
    byId('from').value = state.from;
    byId('to').value = state.to;
    byId('filters').classList.toggle('has-dates', state.period === 'dates');
    chips();
  }
}

byId('period').addEventListener('change', () => {
  const period = byId('period').value;
  move({ ...current, period, from: period === 'dates' ? byId('from').value : '', to: period === 'dates' ? byId('to').value : '' });
});
for (const end of ['from', 'to']) {
  byId(end).addEventListener('change', () => move({ ...current, period: 'dates', from: byId('from').value, to: byId('to').value }));
}
byId('dimension').addEventListener('change', suggest);
byId('filters').addEventListener('submit', event => {
  event.preventDefault();
  const value = byId('value').value.trim();
  byId('value').value = '';
  move(withFilter(current, byId('dimension').value, value));
});

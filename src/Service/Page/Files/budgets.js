import { el, scroll } from './dom.js';
import { count, decimal, money, part } from './format.js';

const warnAt = 0.8;

// Told by a sign and a word too, not by colour alone.
function standing(state) {
  const limit = Number(state.limit);
  const used = Number(state.used);
  if (state.limit === null || state.limit_known === 'false' || state.limit_known === false) {
    return ['ok', '–', state.limit === null ? 'no limit' : 'limit not known'];
  }
  if (used > limit || (limit > 0 && used >= limit)) {
    return ['over', '■', 'used up'];
  }
  return limit > 0 && used >= limit * warnAt ? ['warn', '▲', 'nearly used up'] : ['ok', '✓', 'within'];
}

/** How full a limit is. */
export function meter(state) {
  const [kind] = standing(state);
  const limit = Number(state.limit);
  const full = limit > 0 ? Math.min(100, Number(state.used) / limit * 100) : Number(state.used) > 0 ? 100 : 0;
  return el('div', { class: `meter ${kind}`, role: 'img', 'aria-label': `${part(state.used, state.limit)} of ${state.name} used` }, el('span', { 'width%': full }));
}

function amountOf(state, text) {
  return text === null || text === undefined ? '–' : state.unit === 'usd' ? money(text) : decimal(text);
}

function row(state) {
  const [kind, sign, word] = standing(state);
  return el('tr', {},
    el('th', { scope: 'row', class: 'name' }, state.name),
    el('td', { class: 'name' }, state.subject ? `${state.per} ${state.subject}` : state.per === 'global' ? 'everybody' : `each ${state.per}`),
    el('td', {}, `${state.unit} a ${state.window}`),
    el('td', { class: 'number' }, amountOf(state, state.used)),
    el('td', { class: 'number' }, amountOf(state, state.limit)),
    el('td', { class: 'number' }, amountOf(state, state.remaining)),
    el('td', { class: 'standing' }, meter(state), el('span', { class: `word ${kind}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), word, state.limit === null ? '' : ` (${part(state.used, state.limit)})`)),
    el('td', {}, state.resets_at ? el('time', { datetime: state.resets_at }, state.resets_at.replace('T', ' ').replace(/(:\d\d)(:\d\d(\.\d+)?)?(Z|\+00:00)$/, '$1 UTC')) : '–'));
}

/** Where limits stand, the fullest first. */
export function budgets(states, isFiltered) {
  if (states.length === 0) {
    return [el('p', { class: 'quiet' }, 'Nothing was used of any limit yet, or there are none. docs/budgets.md shows how an application sets them, and refuses calls that would pass one.')];
  }
  const full = state => Number(state.limit) > 0 ? Number(state.used) / Number(state.limit) : 0;
  return [
    isFiltered ? el('p', { class: 'quiet' }, 'Budgets are of all calls, whatever the filters above say.') : null,
    scroll('Budgets, table', el('table', { id: 'budget-rows' },
      el('caption', {}, `Limits, the fullest first (${count(String(states.length))})`),
      el('thead', {}, el('tr', {}, ['Budget', 'Of', 'In', 'Used', 'Limit', 'Left', 'State', 'Begins anew'].map((title, at) => el('th', { scope: 'col', class: at > 2 && at < 6 ? 'number' : null }, title)))),
      el('tbody', {}, [...states].sort((one, other) => full(other) - full(one)).map(row)))),
  ];
}

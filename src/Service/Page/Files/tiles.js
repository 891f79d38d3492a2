import { el } from './dom.js';
import { addCounts } from './decimal.js';
import { about, count, money, part, plural } from './format.js';
import { meter } from './budgets.js';

// Of dollars the cents are read first; what is behind them stands there all the same. Of less than a dollar every digit counts.
export function amount(text) {
  const shown = money(text);
  const point = shown.indexOf('.');
  const cents = point < 0 || /^-?\$0\./.test(shown) ? shown.length : point + 3;
  return el('span', { class: text === null ? 'amount none' : 'amount' }, shown.slice(0, cents), cents < shown.length ? el('span', { class: 'rest' }, shown.slice(cents)) : null);
}

function tile(title, ...content) {
  return el('article', { class: 'tile' }, el('h3', {}, title), ...content);
}

function expected(forecast, until) {
  if (!forecast) {
    return null;
  }
  if (forecast.expected === null) {
    return el('p', { class: 'quiet' }, 'No forecast yet: ' + (forecast.too_little ?? ''));
  }
  return el('p', {}, `Expected by ${until}: `, el('strong', {}, about(forecast.expected)), el('span', { class: 'quiet' }, ` (8 of 10 times ${about(forecast.low)} to ${about(forecast.high)})`));
}

// Budgets are of all calls: beside the spend of some of them they would say nothing.
function limit(budgets, window, isFiltered) {
  const states = isFiltered ? [] : (budgets ?? []).filter(state => state.per === 'global' && state.unit === 'usd' && state.window === window && state.limit !== null);
  return states.map(state => el('div', {}, el('p', { class: 'quiet' }, `Budget ${state.name}: ${money(state.used)} of ${money(state.limit)} used`), meter(state)));
}

function spent(title, sums, forecast, until, budgets, window, isFiltered) {
  return tile(title, el('p', { class: 'figure' }, amount(sums.cost)), el('p', { class: 'quiet' }, `${plural(sums.calls, 'call')}`), expected(forecast, until), ...limit(budgets, window, isFiltered));
}

/** What a look at the page is for. */
export function tiles({ usage, forecast, budgets }, period, periodName, isFiltered) {
  const sums = usage.current_period;
  const without = addCounts(sums.unpriced, sums.unmeasured);
  return [
    spent('Today', usage.today, forecast?.day, 'midnight', budgets, 'day', isFiltered),
    spent('This month', usage.month, forecast?.month, 'the end of the month', budgets, 'month', isFiltered),
    period === 'today' || period === 'month' ? null : tile(periodName, el('p', { class: 'figure' }, amount(sums.cost)), el('p', { class: 'quiet' }, plural(sums.calls, 'call'))),
    tile(`Calls, ${periodName.toLowerCase()}`,
      el('p', { class: 'figure' }, count(sums.calls)),
      el('p', {}, `${count(sums.input_tokens)} tokens in, ${count(sums.output_tokens)} out`),
      el('p', { class: 'quiet' }, sums.failed === '0' ? 'None failed.' : `${count(sums.failed)} failed (${part(sums.failed, sums.calls)}).`),
      el('p', { class: 'quiet' }, `In all that is kept: ${money(usage.totals.cost)}, ${plural(usage.totals.calls, 'call')}.`)),
    tile(`Without a price, ${periodName.toLowerCase()}`,
      el('p', { class: 'figure' }, count(without)),
      el('p', {}, without === '0' ? 'Every call has a price.' : `${part(without, sums.calls)} of the calls are in no amount. `, without === '0' ? null : el('a', { href: '#unpriced-title', 'data-key': 'to-unpriced' }, 'What to do'))),
  ];
}

import { fromPico, toPico } from './decimal.js';
import { el, put, scroll, svg } from './dom.js';
import { about, count, money, moneyDecimals, part, plural } from './format.js';
import { addDays } from './state.js';

const height = 200;
const bottom = 24;
const left = 64;
const mostBars = 120;
const ticks = 4;

// Every day or month of the range, also those without a call. Unknown: before what is kept, or without any price.
function points(report, today) {
  const days = new Map(report.rows.map(row => [row.day, row]));
  const last = report.to < today ? report.to : today;
  const all = [];
  for (let day = report.from; day <= last; day = addDays(day, 1)) {
    const row = days.get(day);
    const isKept = !report.complete_since || day >= report.complete_since;
    all.push({ name: day, cost: row ? row.cost : isKept ? '0.000000' : null, calls: row ? row.calls : '0', unpriced: row ? row.unpriced : '0', isToday: day === today });
  }
  return all.length > mostBars ? months(all) : all;
}

function months(days) {
  const sums = new Map();
  for (const day of days) {
    const name = day.name.slice(0, 7);
    const sum = sums.get(name) ?? { name, pico: null, calls: 0n, unpriced: 0n, isToday: false };
    sum.pico = day.cost === null ? sum.pico : (sum.pico ?? 0n) + toPico(day.cost);
    sum.calls += BigInt(day.calls);
    sum.unpriced += BigInt(day.unpriced);
    sum.isToday ||= day.isToday;
    sums.set(name, sum);
  }
  return [...sums.values()].map(sum => ({ name: sum.name, cost: sum.pico === null ? null : fromPico(sum.pico), calls: sum.calls.toString(), unpriced: sum.unpriced.toString(), isToday: sum.isToday }));
}

// A round number at or above the largest bar, so that lines of the scale can be read.
function scaleOf(most) {
  if (most === 0) {
    return 1;
  }
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 5, 8, 10].find(factor => factor * unit >= most) * unit;
}

function draw(all, width, label) {
  const most = scaleOf(Math.max(...all.map(point => Number(point.cost ?? 0))));
  const step = (width - left) / all.length;
  const y = value => height - bottom - (height - bottom - 10) * value / most;
  const every = Math.max(1, Math.ceil(76 / step));
  return svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    Array.from({ length: ticks + 1 }, (_, at) => most * at / ticks).map(value => [
      svg('line', { x1: left, x2: width, y1: y(value), y2: y(value), class: 'grid' }),
      svg('text', { x: left - 8, y: y(value) + 4, class: 'tick end' }, about(value.toPrecision(12))),
    ]),
    all.map((point, at) => {
      const value = Number(point.cost ?? 0);
      // What is not nothing is seen.
      const tall = value > 0 ? Math.max(1, height - bottom - y(value)) : 0;
      return svg('rect', { x: left + at * step + step * 0.12, y: height - bottom - tall, width: step * 0.76, height: tall, class: point.isToday ? 'day open' : 'day' },
        svg('title', {}, `${point.name}: ${money(point.cost)}, ${plural(point.calls, 'call')}${point.isToday ? ', so far' : ''}`));
    }),
    all.map((point, at) => at % every === 0 ? svg('text', { x: left + at * step + step / 2, y: height - 6, class: 'tick middle' }, point.name.length > 7 ? point.name.slice(5) : point.name) : null).filter(Boolean));
}

function table(all) {
  const decimals = moneyDecimals(all.map(point => point.cost));
  return scroll('Spend by day, table', el('table', { id: 'by-day' },
    el('caption', {}, 'The same in figures'),
    el('thead', {}, el('tr', {}, ['Day', 'Cost', 'Calls', 'Without a price'].map((title, at) => el('th', { scope: 'col', class: at ? 'number' : null }, title)))),
    el('tbody', {}, all.map(point => el('tr', {},
      el('th', { scope: 'row' }, point.name, point.isToday ? ' (so far)' : ''),
      el('td', { class: 'number' }, money(point.cost, decimals)),
      el('td', { class: 'number' }, count(point.calls)),
      el('td', { class: 'number' }, point.unpriced === '0' ? '0' : `${count(point.unpriced)} (${part(point.unpriced, point.calls)})`))))));
}

let resized;

/** Spend by day, as a drawing and as a table. */
export function trend(element, report, today) {
  const all = points(report, today);
  if (all.length === 0) {
    put(element, el('p', { class: 'quiet' }, 'The period has not begun.'));
    return;
  }
  const known = all.filter(point => point.cost !== null);
  const highest = known.reduce((best, point) => best === null || toPico(point.cost) > toPico(best.cost) ? point : best, null);
  const label = `Spend from ${all[0].name} to ${all.at(-1).name}: ${money(report.total.cost)} in total` + (highest && toPico(highest.cost) > 0n ? `, the most on ${highest.name} with ${money(highest.cost)}.` : '.') + ' The table below has each day.';
  const drawing = el('div', {});
  put(element,
    el('figure', {}, el('figcaption', {}, `${all[0].name} to ${all.at(-1).name}, USD a ${all[0].name.length > 7 ? 'day' : 'month'}`), drawing),
    report.complete_since ? el('p', { class: 'notice' }, `What is before ${report.complete_since} is not kept any more, or not all of it.`) : null,
    el('details', { 'data-key': 'days' }, el('summary', {}, 'Show as a table'), table(all)));
  const redraw = () => drawing.replaceChildren(draw(all, Math.max(280, Math.floor(drawing.clientWidth)), label));
  redraw();
  resized?.disconnect();
  let width = drawing.clientWidth;
  resized = new ResizeObserver(() => {
    if (drawing.clientWidth !== width) {
      width = drawing.clientWidth;
      redraw();
    }
  });
  resized.observe(drawing);
}

import { ApiError, get, key } from './api.js';
import { breakdowns } from './breakdowns.js';
import { budgets } from './budgets.js';
import { byId, el, put } from './dom.js';
import { empty } from './empty.js';
import { filters, periodName } from './filters.js';
import { health } from './health.js';
import { askForKey, onKey } from './key.js';
import { addDays, href, needsToday, read, when } from './state.js';
import { tiles } from './tiles.js';
import { trend } from './trend.js';
import { unpriced } from './unpriced.js';

const refreshEvery = 30_000;
const fewDays = 14;

let state = read();
let isPaused = false;
let timer;
let running;
let failed = false;
let today;

function say(text) {
  byId('announce').textContent = text;
}

// A part that cannot be had does not take the others with it.
async function orNull(promise, isMissing = []) {
  try {
    return { value: await promise };
  } catch (cause) {
    if (cause instanceof ApiError && cause.status !== 401) {
      return { error: cause, isMissing: isMissing.includes(cause.status) };
    }
    throw cause;
  }
}

// Of services that say no more than whether they are ready.
async function condition(signal) {
  try {
    return await get('api/health', {}, signal);
  } catch (cause) {
    if (cause.status !== 404) {
      throw cause;
    }
  }
  return get('readyz', {}, signal);
}

function chartTime(time, period) {
  return period.from === period.to ? { from: addDays(period.to, 1 - fewDays), to: period.to } : { ...time };
}

async function load(signal) {
  const only = state.filters;
  if (needsToday(state) && !today) {
    today = (await get('api/top', { of: 'provider', period: 'today', limit: 1 }, signal)).from;
  }
  const time = when(state, today);
  const beside = [
    orNull(get('api/forecast', only, signal)),
    orNull(get('api/budgets', {}, signal), [403, 404]),
    orNull(condition(signal), [403, 404]),
  ];
  beside.forEach(part => part.catch(() => { /* Told by the one that is awaited first. */ }));
  const usage = await get('api/usage', { ...time, ...only, sort: state.sort, limit: 10 }, signal);
  today = usage.today.from;
  const [forecast, limits, wellBeing, days, prices] = await Promise.all([
    ...beside,
    orNull(get('api/reports', { ...chartTime(time, usage.current_period), ...only, by: 'day' }, signal)),
    orNull(get('api/reports', { ...time, ...only, by: 'provider,model', sort: 'calls', limit: 20, quality: 'unpriced' }, signal)),
  ]);
  return { usage, forecast, limits, wellBeing, days, prices };
}

function problem(part, what) {
  return [el('p', { class: 'notice' }, part.isMissing ? `${what} cannot be seen here: this service does not offer that, or the key may not see it.` : `${what} could not be read. ${part.error.message}`)];
}

function show({ usage, forecast, limits, wellBeing, days, prices }) {
  const isFiltered = Object.keys(state.filters).length !== 0;
  const isEmpty = usage.totals.calls === '0' && usage.totals.unpriced_tokens === '0' && usage.totals.input_tokens === '0' && !isFiltered;
  const states = limits.value ? (Array.isArray(limits.value) ? limits.value : limits.value.items ?? []) : null;
  byId('loading').hidden = true;
  byId('figures').hidden = isEmpty;
  byId('empty').hidden = !isEmpty;
  byId('empty').replaceChildren(...(isEmpty ? empty() : []));
  byId('zone').textContent = `Days are those of ${usage.time_zone}.`;
  if (isEmpty) {
    return;
  }
  put(byId('tiles'), tiles({ usage, forecast: forecast.value, budgets: states }, state.period, periodName(state), isFiltered));
  if (days.value) {
    trend(byId('trend'), days.value, today);
  } else {
    put(byId('trend'), problem(days, 'Days'));
  }
  put(byId('breakdowns'),
    usage.current_period.calls === '0' && usage.current_period.input_tokens === '0'
      ? el('p', { class: 'notice wide' }, isFiltered ? 'No calls of this period match the filters. Names are compared letter by letter.' : 'No calls in this period. A longer one may have some.')
      : breakdowns(usage, state, go));
  put(byId('unpriced'), prices.value ? unpriced(prices.value, usage.current_period) : problem(prices, 'Prices'));
  put(byId('budgets'), states ? budgets(states, isFiltered) : problem(limits, 'Budgets'));
  put(byId('health'), wellBeing.value ? health(wellBeing.value) : problem(wellBeing, 'Health'));
}

// Asking the same again would be refused again.
function isRefused(cause) {
  return cause.status === 400 || cause.status === 403 || !(cause instanceof ApiError);
}

function showFailure(cause) {
  const detail = cause instanceof ApiError ? cause.message : `The page itself has a fault: ${cause.message}`;
  const title = cause.status === 0 ? 'The service does not answer'
    : cause.status === 503 ? 'The ledger cannot be read right now'
    : cause.status === 403 ? 'This key may not see that'
    : cause.status === 429 ? 'Too many requests'
    : cause.status === 400 ? 'That cannot be asked' : 'The figures could not be loaded';
  const old = byId('figures').hidden ? '' : ' What is below is older, as the time above says.';
  byId('loading').hidden = true;
  put(byId('notice'), el('div', { class: 'notice bad' },
    el('h2', {}, title), el('p', {}, `${detail}${old}`),
    el('p', {}, cause.status === 400 ? 'Change the period or the filters above.' : isRefused(cause) ? '' : isPaused ? 'Refreshing is paused.' : 'The page tries again by itself.', ' ', el('button', { type: 'button', 'data-key': 'retry', onclick: () => refresh('asked') }, 'Try now'))));
}

// Why: a person asked (and is told when it is done), or the clock.
async function refresh(why) {
  clearTimeout(timer);
  running?.abort();
  const mine = running = new AbortController();
  byId('main').setAttribute('aria-busy', 'true');
  let pause = refreshEvery;
  try {
    const parts = await load(mine.signal);
    show(parts);
    put(byId('notice'));
    byId('updated').textContent = `As of ${new Date().toLocaleTimeString()}`;
    byId('forget').hidden = key.value === null;
    filters(state, parts.usage, go);
    if (why !== 'clock' || failed) {
      say(byId('empty').hidden ? `Figures of ${periodName(state).toLowerCase()} are shown.` : 'The ledger has no calls yet.');
    }
    failed = false;
  } catch (cause) {
    if (mine.signal.aborted) {
      return;
    }
    if (cause.status === 401) {
      askForKey(cause.message);
      byId('forget').hidden = true;
      return;
    }
    failed = true;
    showFailure(cause);
    if (isRefused(cause)) {
      return;
    }
    pause = Math.max(5, Number(cause.retryAfter) || 5) * 1000;
  } finally {
    if (mine === running) {
      byId('main').setAttribute('aria-busy', 'false');
    }
  }
  if (!isPaused) {
    timer = setTimeout(() => refresh('clock'), pause);
  }
}

function go(next) {
  state = next;
  history.pushState(null, '', href(state));
  filters(state, null, go);
  refresh('asked');
}

addEventListener('popstate', () => {
  state = read();
  filters(state, null, go);
  refresh('asked');
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(timer);
  } else if (!isPaused && !byId('key').open) {
    refresh('clock');
  }
});

byId('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  byId('pause').textContent = isPaused ? 'Refresh is paused' : 'Pause refresh';
  if (isPaused) {
    clearTimeout(timer);
  } else {
    refresh('asked');
  }
});

onKey(() => {
  byId('forget').hidden = true;
  refresh('asked');
});
filters(state, null, go);
refresh('clock');

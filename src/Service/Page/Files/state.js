// What is shown, and its address: a copied link shows the same, and the browser's buttons go back and forth.

export const dimensions = ['provider', 'model', 'user', 'tenant', 'feature', 'environment', 'client', 'operation'];
const periods = ['today', '7d', 'month', '30d', 'year', 'dates'];
const sorts = ['cost', 'calls', 'tokens', 'name'];
const isDay = text => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '');

/** Reads an address. What is no word of ours is left out. */
export function read(search = location.search) {
  const query = new URLSearchParams(search);
  const filters = {};
  for (const dimension of dimensions) {
    if (query.has(dimension)) {
      filters[dimension] = query.get(dimension);
    }
  }
  const state = {
    period: periods.includes(query.get('period')) ? query.get('period') : 'month',
    from: isDay(query.get('from')) ? query.get('from') : '',
    to: isDay(query.get('to')) ? query.get('to') : '',
    sort: sorts.includes(query.get('sort')) ? query.get('sort') : 'cost',
    filters,
  };
  if (state.from || state.to) {
    state.period = 'dates';
  }
  return state;
}

/** The address of a state. */
export function href(state) {
  const query = new URLSearchParams();
  if (state.period !== 'month') {
    query.set('period', state.period);
  }
  if (state.period === 'dates') {
    for (const end of ['from', 'to']) {
      if (state[end]) {
        query.set(end, state[end]);
      }
    }
  }
  if (state.sort !== 'cost') {
    query.set('sort', state.sort);
  }
  for (const [dimension, value] of Object.entries(state.filters)) {
    query.set(dimension, value);
  }
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

export function withFilter(state, dimension, value) {
  return { ...state, filters: { ...state.filters, [dimension]: value } };
}

export function withoutFilter(state, dimension) {
  const { [dimension]: _, ...filters } = state.filters;
  return { ...state, filters };
}

/** A day so many days away. */
export function addDays(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** The service's parameters for the period. Days are those of the ledger, which knows what day it is. */
export function when(state, today) {
  switch (state.period) {
    case '7d': return { from: addDays(today, -6), to: today };
    case '30d': return { from: addDays(today, -29), to: today };
    case 'dates': return Object.fromEntries(['from', 'to'].filter(end => state[end]).map(end => [end, state[end]]));
    default: return { period: state.period };
  }
}

export function needsToday(state) {
  return state.period === '7d' || state.period === '30d';
}

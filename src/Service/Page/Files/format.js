import { decimalsOf } from './decimal.js';

const grouped = digits => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** A count as people read it. */
export function count(text) {
  return text.startsWith('-') ? '-' + grouped(text.slice(1)) : grouped(text);
}

/** A decimal with at least so many decimals, and as many more as it has: nothing is rounded. */
export function decimal(text, least = 0) {
  const [whole, fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(least, '0');
  return count(whole) + (kept ? '.' + kept : '');
}

/** Money in full. Null: its price is not known. */
export function money(text, least = 2) {
  return text === null || text === undefined ? 'unknown' : text.startsWith('-') ? '-$' + decimal(text.slice(1), least) : '$' + decimal(text, least);
}

/** How many decimals a column of amounts needs: as the report's, at least six. */
export function moneyDecimals(texts) {
  return Math.max(6, ...texts.filter(text => text !== null).map(decimalsOf));
}

/** An estimate, which has no exact digits: rounded where people would, small ones to three figures. */
export function about(text) {
  if (text === null || text === undefined) {
    return 'unknown';
  }
  const value = Number(text);
  if (value === 0) {
    return '$0.00';
  }
  const digits = value >= 1 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(value)));
  return '$' + decimal(value.toFixed(digits), 2);
}

/** A share of 0 to 1 in percent. What is not nothing never reads as nothing, and what is not all never as all. */
export function percent(share) {
  const value = Number(share) * 100;
  if (value > 0 && value < 0.1) {
    return '< 0.1 %';
  }
  if (value < 100 && value > 99.9) {
    return '> 99.9 %';
  }
  if (value > 100 && value < 100.1) {
    return '> 100 %';
  }
  return `${value.toFixed(1).replace(/\.0$/, '')} %`;
}

/** A part of a whole, in percent; a dash where there is no whole. */
export function part(piece, whole) {
  return Number(whole) > 0 && piece !== null ? percent(Number(piece) / Number(whole)) : '–';
}

/** Words of a number. */
export function plural(text, word) {
  return `${count(text)} ${word}${text === '1' ? '' : 's'}`;
}

// Numbers of the ledger are exact decimals in text: a JavaScript number would lose digits of large ones.

const picoDigits = 12;

/** JSON in which every number is a text of its own digits. */
export function parse(json) {
  return JSON.parse(json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, part => part[0] === '"' ? part : `"${part}"`));
}

/** A decimal in text as whole pico units. */
export function toPico(text) {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const pico = BigInt(whole + fraction.padEnd(picoDigits, '0').slice(0, picoDigits));
  return text.startsWith('-') ? -pico : pico;
}

/** Pico units as a decimal in text, with at least six decimals, as reports write money. */
export function fromPico(pico) {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(picoDigits + 1, '0');
  const fraction = digits.slice(-picoDigits).replace(/0{1,6}$/, '');
  return `${pico < 0n ? '-' : ''}${digits.slice(0, -picoDigits)}.${fraction}`;
}

/** The sum of counts in text. */
export function addCounts(...texts) {
  return texts.reduce((sum, text) => sum + BigInt(text), 0n).toString();
}

/** How many decimals a text has that are not only zeros at its end. */
export function decimalsOf(text) {
  return (text.split('.')[1] ?? '').replace(/0+$/, '').length;
}

// The only place that makes elements: texts become text nodes, never HTML.

const svgNames = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'width%') {
      // By the object model: a style attribute would be refused by the page's own policy.
      element.style.width = `${value}%`;
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return element;
}

/** An element. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNames, name), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** Puts new content into an element; what had the focus in it has it again, where it is still there. */
export function put(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = [...element.querySelectorAll('details[open]')].map(details => details.dataset.key);
  const scrolled = new Map([...element.querySelectorAll('.scroll')].map(region => [region.getAttribute('aria-label'), region.scrollLeft]));
  element.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  for (const details of element.querySelectorAll('details')) {
    details.open ||= open.includes(details.dataset.key);
  }
  for (const region of element.querySelectorAll('.scroll')) {
    region.scrollLeft = scrolled.get(region.getAttribute('aria-label')) ?? 0;
  }
  if (focused) {
    [...element.querySelectorAll('[data-key]')].find(candidate => candidate.dataset.key === focused)?.focus({ preventScroll: true });
  }
}

/** A region that scrolls sideways by itself where the window is narrow, also by keyboard. */
export function scroll(label, ...children) {
  return el('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 }, ...children);
}

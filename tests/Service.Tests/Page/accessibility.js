// What a machine can tell of a page's accessibility: names, headers, landmarks, ids, and contrast worked out from what is really painted. Returns complaints.
() => {
  const complaints = [];
  const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getClientRects().length > 0;
  const where = element => `${element.tagName.toLowerCase()}${element.id ? '#' + element.id : ''}${element.className?.baseVal === undefined && element.className ? '.' + element.className : ''} "${(element.textContent ?? '').trim().slice(0, 40)}"`;
  const say = (element, what) => complaints.push(`${what}: ${where(element)}`);

  // Names.
  const labelOf = element => (element.getAttribute('aria-label') ?? '').trim()
    || (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' ').trim()
    || [...(element.labels ?? [])].map(label => label.textContent).join(' ').trim()
    || (/^(A|BUTTON|SUMMARY)$/.test(element.tagName) ? element.textContent.trim() : '');
  for (const element of document.querySelectorAll('a[href], button, input, select, summary, [role=img], [role=region], dialog[open], section')) {
    if (shown(element) && !labelOf(element)) {
      say(element, 'has no name');
    }
  }
  for (const element of document.querySelectorAll('button button, a a, a button, button a')) {
    say(element, 'is inside another control');
  }

  // Landmarks, headings, ids.
  for (const [selector, count] of [['main', 1], ['header', 1], ['footer', 1], ['h1', 1]]) {
    if (document.querySelectorAll(selector).length !== count) {
      complaints.push(`there is not exactly one ${selector}`);
    }
  }
  if (!document.documentElement.lang || !document.title) {
    complaints.push('the document has no language or no title');
  }
  let level = 1;
  for (const heading of [...document.querySelectorAll('h1, h2, h3, h4')].filter(shown)) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) {
      say(heading, `skips from h${level}`);
    }
    level = own;
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) {
    complaints.push(`id ${id} is there twice`);
  }
  for (const element of document.querySelectorAll('[aria-labelledby], [aria-controls], [aria-describedby]')) {
    for (const id of ['aria-labelledby', 'aria-controls', 'aria-describedby'].flatMap(name => (element.getAttribute(name) ?? '').split(/\s+/).filter(Boolean))) {
      if (!document.getElementById(id)) {
        say(element, `refers to #${id}, which is not there`);
      }
    }
  }

  // Tables.
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption?.textContent.trim()) {
      say(table, 'table without a caption');
    }
    for (const header of table.querySelectorAll('th')) {
      if (!header.scope) {
        say(header, 'header without a scope');
      }
    }
    for (const row of table.tBodies[0]?.rows ?? []) {
      if (!row.querySelector('th[scope=row]')) {
        say(row, 'row without a header');
      }
    }
  }

  // Contrast.
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = text => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = text;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].map((value, at) => at === 3 ? value / 255 : value);
  };
  const over = (top, below) => top.slice(0, 3).map((value, at) => value * top[3] + below[at] * (1 - top[3]));
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.unshift(parse(getComputedStyle(at).backgroundColor));
    }
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = colour => {
    const [r, g, b] = colour.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !shown(element) || element.closest('script, noscript, .skip, #announce')) {
      continue;
    }
    const style = getComputedStyle(element);
    const colour = element.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const ground = behind(element);
    const ratio = contrast(over(parse(colour), ground), ground);
    if (ratio < 4.5) {
      say(element, `contrast ${ratio.toFixed(2)}`);
    }
  }

  // What is drawn and not written: 3:1 on what is beside it.
  for (const element of document.querySelectorAll('.chart .day, .bar, .meter span, input, select, button:not(.sort):not(.chips button)')) {
    if (shown(element)) {
      const style = getComputedStyle(element);
      const colour = element.matches('.day') ? style.fill : element.matches('.bar, .meter span') ? style.backgroundColor : style.borderTopColor;
      const ratio = contrast(parse(colour).slice(0, 3), behind(element.parentElement));
      if (ratio < 3) {
        say(element, `drawn with a contrast of ${ratio.toFixed(2)}`);
      }
    }
  }
  return complaints;
}

'use strict';
(() => {
const SVG = 'http://www.w3.org/2000/svg';
const tip = document.getElementById('tip');

/* Light or dark: as the reader's system has it, until they say otherwise. */
document.getElementById('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}

function digits(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/* Everything in the tip is set as text, never as HTML: names come from traces. */
function show(content, event) {
  tip.replaceChildren(...content);
  tip.hidden = false;
  const edge = 14, width = tip.offsetWidth, height = tip.offsetHeight;
  const page = document.documentElement;
  let left = event.clientX + edge, top = event.clientY + edge;
  if (left + width > page.clientWidth - 4) left = Math.max(4, event.clientX - width - edge);
  if (top + height > page.clientHeight - 4) top = Math.max(4, event.clientY - height - edge);
  tip.style.left = left + scrollX + 'px';
  tip.style.top = top + scrollY + 'px';
}

function hide() {
  tip.hidden = true;
}

/* Where the pointer is, in the units of the drawing. */
function inside(svg, event) {
  const matrix = svg.getScreenCTM();
  return matrix ? new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse()) : null;
}

function nearest(sorted, x) {
  let low = 0, high = sorted.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x) low = middle; else high = middle;
  }
  return Math.abs(sorted[low] - x) <= Math.abs(sorted[high] - x) ? low : high;
}

/* Lines: a crosshair, and the value of every line there. */
function crosshair(figure) {
  const svg = figure.querySelector('.plot svg');
  const plot = JSON.parse(figure.querySelector('script').textContent);
  const [left, top, right, bottom] = plot.box;
  const y = value => {
    const scale = plot.log ? Math.log10 : Number;
    return bottom - (scale(value) - scale(plot.y[0])) / (scale(plot.y[1]) - scale(plot.y[0])) * (bottom - top);
  };
  const marks = document.createElementNS(SVG, 'g');
  marks.setAttribute('class', 'marks');
  svg.append(marks);
  function mark(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    marks.append(made);
  }
  svg.addEventListener('pointermove', event => {
    const point = inside(svg, event);
    marks.replaceChildren();
    if (!point || point.x < left || point.x > right || point.y < top || point.y > bottom) return hide();
    const x = plot.x[0] + (point.x - left) / (right - left) * (plot.x[1] - plot.x[0]);
    mark('line', {x1: point.x, x2: point.x, y1: top, y2: bottom, stroke: 'var(--muted)', 'stroke-width': 1, 'stroke-dasharray': '3 3'});
    const rows = [];
    for (const line of plot.series) {
      const last = line.x[line.x.length - 1];
      if (x > last * 1.02) continue;
      const at = nearest(line.x, x);
      const cx = left + (line.x[at] - plot.x[0]) / (plot.x[1] - plot.x[0]) * (right - left);
      mark('circle', {cx, cy: y(line.y[at]), r: 3.5, fill: line.colour});
      const row = element('tr'), name = element('td'), swatch = element('i');
      swatch.style.background = line.colour;
      name.append(swatch, line.name);
      row.append(name, element('td', digits(line.y[at])));
      row.append(element('td', line.low.length ? digits(line.low[at]) + ' – ' + digits(line.high[at]) : ''));
      rows.push([line.y[at], row]);
    }
    rows.sort((a, b) => b[0] - a[0]);
    const table = element('table');
    table.append(...rows.map(row => row[1]));
    show([element('div', plot.x_label + ': ' + digits(x)), table], event);
  });
  svg.addEventListener('pointerleave', () => { marks.replaceChildren(); hide(); });
}

for (const figure of document.querySelectorAll('figure'))
  if (figure.querySelector('script')) crosshair(figure);

/* Bars say what they are. */
document.addEventListener('pointerover', event => {
  const says = event.target.closest && event.target.closest('[data-tip]');
  if (says) show([element('div', says.dataset.tip)], event);
});
document.addEventListener('pointerout', event => {
  if (event.target.closest && event.target.closest('[data-tip]')) hide();
});
})();

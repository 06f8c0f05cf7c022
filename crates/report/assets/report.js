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

/* Calls `at` wherever the pointer goes or a finger taps. What it shows goes with the pointer, but stays when a finger is lifted. */
function follow(svg, at, gone) {
  svg.addEventListener('pointermove', at);
  svg.addEventListener('pointerdown', at);
  svg.addEventListener('pointerleave', event => {
    if (event.pointerType === 'touch') return;
    gone();
    hide();
  });
}

addEventListener('pointerdown', hide, {capture: true});

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
  follow(svg, event => {
    const point = inside(svg, event);
    marks.replaceChildren();
    if (!point || point.x < left || point.x > right || point.y < top || point.y > bottom) return hide();
    const pointed = plot.x[0] + (point.x - left) / (right - left) * (plot.x[1] - plot.x[0]);
    /* What is shown is measured: at the nearest moment of any line. */
    const measured = plot.series.map(line => line.x[nearest(line.x, pointed)]);
    const x = measured.reduce((best, one) => Math.abs(one - pointed) < Math.abs(best - pointed) ? one : best);
    const at = left + (x - plot.x[0]) / (plot.x[1] - plot.x[0]) * (right - left);
    mark('line', {x1: at, x2: at, y1: top, y2: bottom, stroke: 'var(--muted)', 'stroke-width': 1, 'stroke-dasharray': '3 3'});
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
  }, () => marks.replaceChildren());
}

for (const figure of document.querySelectorAll('figure:not(.timeline)'))
  if (figure.querySelector('script')) crosshair(figure);

/* Timelines: those of one comparison show the same stretch of time, of which `view` is the beginning and the end. */
function zoomable(group) {
  const lanes = [...group.querySelectorAll('.timeline')].map(timeline);
  const end = lanes[0].end;
  let view = [0, end];
  function set(from, to) {
    const length = Math.min(Math.max(to - from, end / 2000), end);
    const start = Math.min(Math.max(from, 0), end - length);
    view = [start, start + length];
    for (const lane of lanes) lane.draw(view);
  }
  function zoom(factor, share) {
    const length = view[1] - view[0], at = view[0] + length * share;
    set(at - length * factor * share, at + length * factor * (1 - share));
  }
  const pan = share => set(view[0] + share * (view[1] - view[0]), view[1] + share * (view[1] - view[0]));
  const acts = {in: () => zoom(0.5, 0.5), out: () => zoom(2, 0.5), all: () => set(0, end)};
  for (const button of group.querySelectorAll('[data-zoom]'))
    button.addEventListener('click', acts[button.dataset.zoom]);
  const keys = {'+': acts.in, '=': acts.in, '-': acts.out, '0': acts.all, ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2)};
  for (const lane of lanes) {
    lane.box.addEventListener('keydown', event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    lane.svg.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(Math.sign(event.deltaY) * 0.2), lane.share(event));
    }, {passive: false});
    lane.svg.addEventListener('dblclick', event => zoom(0.5, lane.share(event)));
    let dragged = null;
    lane.svg.addEventListener('pointerdown', event => {
      if (event.pointerType === 'mouse' && event.button === 0) dragged = [lane.share(event), ...view];
    });
    addEventListener('pointermove', event => {
      if (!dragged) return;
      const moved = (dragged[0] - lane.share(event)) * (dragged[2] - dragged[1]);
      set(dragged[1] + moved, dragged[2] + moved);
    });
    addEventListener('pointerup', () => { dragged = null; });
  }
}

function timeline(figure) {
  const box = figure.querySelector('.plot'), svg = box.querySelector('svg');
  const data = JSON.parse(figure.querySelector('script').textContent);
  const [left, top, right, bottom] = data.box;
  const moving = svg.querySelector('.zoom'), ticks = svg.querySelector('.ticks');
  moving.querySelector('.updates path').setAttribute('vector-effect', 'non-scaling-stroke');
  const arrows = document.createElementNS(SVG, 'g');
  svg.append(arrows);
  let view = [0, data.end];
  const x = time => left + (time - view[0]) / (view[1] - view[0]) * (right - left);
  const lane = worker => bottom - data.lane * (data.workers - worker - 0.5);

  function line(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
  }
  function drawTicks() {
    const factor = data.end >= 2 ? 1 : data.end >= 2e-3 ? 1e3 : 1e6;
    const length = (view[1] - view[0]) * factor;
    const power = 10 ** Math.floor(Math.log10(length / 8));
    const step = [1, 2, 5, 10].map(one => one * power).find(one => one >= length / 8);
    ticks.replaceChildren();
    for (let n = Math.ceil(view[0] * factor / step); n * step <= view[1] * factor * 1.0001; n++) {
      const at = x(n * step / factor);
      line(ticks, 'path', {d: `M${at} ${bottom}v4`, stroke: 'var(--muted)'});
      line(ticks, 'text', {x: at, y: bottom + 17, 'font-size': 12, 'text-anchor': 'middle'}, digits(n * step));
    }
  }
  function draw(next) {
    view = next;
    const scale = data.end / (view[1] - view[0]);
    moving.setAttribute('transform', `matrix(${scale} 0 0 1 ${x(0) - scale * left} 0)`);
    arrows.replaceChildren();
    drawTicks();
  }
  /* From the version that was read, through the job, to the version that it made. */
  function trail(job) {
    arrows.replaceChildren();
    const inView = time => Math.min(Math.max(x(time), left), right);
    const y = lane(job.worker), style = {stroke: 'var(--text)', 'stroke-width': 1.4, fill: 'none'};
    const down = [inView(job.read[1]), inView(job.assigned)], up = [inView(job.arrived), inView(job.made ? job.made[1] : job.arrived)];
    line(arrows, 'path', {...style, d: `M${down[0]} ${data.server}L${down[1]} ${y}H${up[0]}L${up[1]} ${data.server}`});
    line(arrows, 'circle', {cx: down[0], cy: data.server, r: 3.5, fill: 'var(--text)'});
    line(arrows, 'path', {fill: 'var(--text)', d: `M${up[1]} ${data.server - 1}l-4.5 9h9z`});
  }
  function says(number, job) {
    const lines = [`worker ${job.worker}, job ${number}`, `computed at version ${job.read[0]}, arrived at version ${job.version}`];
    lines.push(`staleness ${job.version - job.read[0]}: ` + (job.version === job.read[0] ? 'fresh' : 'so many updates in between'));
    lines.push(job.made ? `${job.action}; it is in version ${job.made[0]}` : job.action);
    return lines.map(text => element('div', text));
  }
  follow(svg, event => {
    const group = event.target.closest('[data-job]'), job = group && data.jobs[group.dataset.job];
    const activity = group && /--([a-z-]+)/.exec(event.target.getAttribute('fill'));
    if (!group || (event.buttons && event.type === 'pointermove')) { arrows.replaceChildren(); return hide(); }
    const lines = job ? says(group.dataset.job, job) : [element('div', `job ${group.dataset.job}`)];
    if (job) trail(job);
    show(activity ? [element('b', activity[1]), ...lines] : lines, event);
  }, () => arrows.replaceChildren());
  const share = event => {
    const point = inside(svg, event);
    return point ? Math.min(Math.max((point.x - left) / (right - left), 0), 1) : 0.5;
  };
  return {box, svg, end: data.end, draw, share};
}

for (const group of document.querySelectorAll('.zoomable')) zoomable(group);

/* Bars say what they are. */
document.addEventListener('pointerover', event => {
  const says = event.target.closest && event.target.closest('[data-tip]');
  if (says) show([element('div', says.dataset.tip)], event);
});
document.addEventListener('pointerout', event => {
  if (event.pointerType !== 'touch' && event.target.closest && event.target.closest('[data-tip]')) hide();
});

/* Paper cannot be unfolded. */
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});

/* With #self-test the page points at itself, and says in `data-self-test` and to whoever embeds it what came of it. */
function selfTest() {
  const result = {};
  function point(target, x, y, type = 'pointermove') {
    const box = target.getBoundingClientRect();
    const at = {bubbles: true, clientX: box.left + box.width * x, clientY: box.top + box.height * y};
    target.dispatchEvent(new PointerEvent(type, at));
    const says = tip.hidden ? '' : tip.textContent;
    target.dispatchEvent(new PointerEvent(type === 'pointermove' ? 'pointerleave' : 'pointerout', at));
    return says;
  }
  const of = selector => document.querySelector(selector);
  const line = of('[id$="loss-updates"] svg'), bar = of('[data-tip]'), job = of('[data-job] rect'), zoom = of('[data-zoom=in]');
  if (line) result.line = point(line, 0.2, 0.5);
  if (bar) result.bar = point(bar.firstElementChild, 0.5, 0.5, 'pointerover');
  if (job) result.job = point(job, 0.5, 0.5);
  if (zoom) {
    zoom.click();
    zoom.click();
    result.zoom = of('.zoom').getAttribute('transform');
    of('[data-zoom=all]').click();
    result.all = of('.zoom').getAttribute('transform');
  }
  const page = document.documentElement, colours = () => getComputedStyle(document.body).backgroundColor;
  const before = colours();
  of('#theme').click();
  result.themes = [before, colours()];
  of('#theme').click();
  result.sideways = page.scrollWidth - page.clientWidth;
  result.smallest = Math.min(...[...document.querySelectorAll('figure svg text')].map(text => {
    const scale = text.getScreenCTM();
    return scale && scale.a + scale.b ? parseFloat(getComputedStyle(text).fontSize) * Math.hypot(scale.a, scale.b) : Infinity;
  }));
  for (const details of document.querySelectorAll('details')) details.open = true;
  const figures = [...document.querySelectorAll('figure svg')].filter(svg => svg.getBoundingClientRect().width > 0);
  result.clipped = figures.filter(svg => !svg.closest('.timeline')
    && svg.getBoundingClientRect().width > svg.closest('.plot').clientWidth + 0.5).map(svg => svg.closest('figure').id);
  result.figures = figures.length;
  result.empty = figures.filter(svg => !svg.querySelector('path, rect, polyline')).length;
  result.foreign = document.querySelectorAll('img, iframe, link, object, script[src]').length;
  document.body.dataset.selfTest = JSON.stringify(result);
  parent.postMessage(result, '*');
}
if (location.hash === '#self-test') addEventListener('load', selfTest);
})();

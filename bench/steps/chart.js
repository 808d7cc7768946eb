// The chart of docs/performance.svg: one panel a family, one bar a contestant, the windows' spread as a line on it.
const { ink, styleOf } = require('../../dist/chart/palette');
const { linearScale } = require('../../dist/chart/scale');
const { element, text } = require('../../dist/chart/svg');
const { summarise } = require('./report');

const width = 860;
const labelWidth = 220;
const valueWidth = 120;
const barHeight = 18;
const rowHeight = 26;
const panelGap = 34;
const titleHeight = 30;
/** Bars longer than so many times the fastest are cut, or the slow backend would flatten all the others. */
const cutAt = 4;

const colours = { ours: styleOf(0).colour, peer: ink.rest };

/** @returns SVG, on white, for pages of any colour */
function drawChart(families) {
  let top = 0;
  const panels = families.flatMap((family) => {
    const panel = drawPanel(family, top);
    top += panel.height + panelGap;
    return panel.parts;
  });
  const height = top - panelGap + 18;
  const page = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height };
  const font = { 'font-family': 'system-ui, sans-serif', 'font-size': 13 };
  const ground = element('rect', { width, height, fill: '#ffffff' });
  return `${element('svg', { ...page, ...font }, ...[ground, ...panels].map((part) => `\n${part}`), '\n')}\n`;
}

function drawPanel(family, top) {
  const { rows, floor } = summarise(family);
  const sorted = [...rows].sort((a, b) => a.ms - b.ms);
  const longest = Math.min(sorted[sorted.length - 1].ms, cutAt * sorted[0].ms);
  const scale = linearScale([0, longest], 2);
  const x = (ms) => labelWidth + Math.min(1, scale.at(ms)) * (width - labelWidth - valueWidth);
  const bars = sorted.flatMap((row, i) => drawBar(row, top + titleHeight + i * rowHeight, x, longest));
  const height = titleHeight + sorted.length * rowHeight;
  const words = `${family.family}, batch ${family.batchSize}: milliseconds a training step, less is better`;
  const title = text(8, top + 20, words, { 'font-weight': 600, fill: ink.strong });
  return { height, parts: [title, ...bars, ...drawFloor(floor, x, top + titleHeight - 4, top + height)] };
}

function drawFloor(floor, x, top, bottom) {
  if (!floor) return [];
  const at = x(floor.ms);
  const stroke = { stroke: ink.strong, 'stroke-dasharray': '4 3' };
  return [
    element('line', { x1: at, x2: at, y1: top, y2: bottom, ...stroke }),
    text(at + 4, bottom + 10, `floor ${floor.ms.toFixed(1)} ms`, { fill: ink.weak, 'font-size': 11 }),
  ];
}

function drawBar({ contestant, ms, windows }, y, x, longest) {
  const middle = y + barHeight / 2;
  const cut = ms > longest;
  const [first, last] = [x(Math.min(...windows)), x(Math.max(...windows))];
  const stroke = { stroke: ink.strong, 'stroke-width': 1.5 };
  const bar = {
    x: labelWidth,
    y,
    width: x(ms) - labelWidth,
    height: barHeight,
    fill: colours[contestant.kind],
  };
  return [
    text(labelWidth - 8, middle + 4, contestant.label, { 'text-anchor': 'end', fill: ink.strong }),
    element('rect', bar),
    ...(cut ? [] : [element('line', { x1: first, x2: last, y1: middle, y2: middle, ...stroke })]),
    text((cut ? x(ms) : last) + 6, middle + 4, `${ms.toFixed(1)}${cut ? ' (bar cut)' : ''}`, {
      fill: ink.strong,
    }),
  ];
}

module.exports = { drawChart };

// The chart of docs/performance.svg: one panel a family, one bar a contestant, the windows' spread as a line on it.
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

const colours = { ours: '#2563eb', peer: '#9ca3af' };

/** @returns SVG, with text and lines that are readable on white and on black */
function drawChart(families) {
  let top = 0;
  const panels = families.map((family) => {
    const drawn = drawPanel(family, top);
    top += drawn.height + panelGap;
    return drawn.svg;
  });
  const height = top - panelGap + 18;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${panels.join('\n')}
</svg>
`;
}

function drawPanel(family, top) {
  const { rows, floor } = summarise(family);
  const sorted = [...rows].sort((a, b) => a.ms - b.ms);
  const longest = Math.min(sorted[sorted.length - 1].ms, cutAt * sorted[0].ms);
  const scale = (width - labelWidth - valueWidth) / longest;
  const x = (ms) => labelWidth + Math.min(ms, longest) * scale;
  const bars = sorted.map((row, i) => drawBar(row, top + titleHeight + i * rowHeight, x, longest));
  const bottom = top + titleHeight + sorted.length * rowHeight;
  const floorMark = floor
    ? `<line x1="${x(floor.ms)}" x2="${x(floor.ms)}" y1="${top + titleHeight - 4}" y2="${bottom}" stroke="#111827" stroke-dasharray="4 3"/>
<text x="${x(floor.ms) + 4}" y="${bottom + 10}" fill="#6b7280" font-size="11">floor ${floor.ms.toFixed(1)} ms</text>`
    : '';
  const title = `<text x="8" y="${top + 20}" font-weight="600" fill="#111827">${family.family}, batch ${family.batchSize}: milliseconds a training step, less is better</text>`;
  return { height: titleHeight + sorted.length * rowHeight, svg: [title, ...bars, floorMark].join('\n') };
}

function drawBar(row, y, x, longest) {
  const { contestant, ms, windows } = row;
  const middle = y + barHeight / 2;
  const cut = ms > longest;
  const spread = cut
    ? ''
    : `<line x1="${x(Math.min(...windows))}" x2="${x(Math.max(...windows))}" y1="${middle}" y2="${middle}" stroke="#111827" stroke-width="1.5"/>`;
  const end = cut ? x(ms) : x(Math.max(...windows));
  return `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end" fill="#111827">${contestant.label}</text>
<rect x="${labelWidth}" y="${y}" width="${x(ms) - labelWidth}" height="${barHeight}" fill="${colours[contestant.kind]}"/>
${spread}
<text x="${end + 6}" y="${middle + 4}" fill="#111827">${ms.toFixed(1)}${cut ? ' (bar cut)' : ''}</text>`;
}

module.exports = { drawChart };

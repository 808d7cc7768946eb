// A whole chart: title, legend, panels in columns, and pictures below them. It becomes one SVG document.
import { ink, type Style } from './palette';
import { drawPanel, type PanelSpec } from './panel';
import { element, fitted, text, textWidth } from './svg';

export interface LegendEntry {
  readonly label: string;
  readonly style: Style;
}

export interface Picture {
  readonly caption: string;
  /** A second line, smaller. */
  readonly note: string;
  readonly style: Style;
  readonly png: Uint8Array;
  /** Of the PNG: pixels. */
  readonly width: number;
  readonly height: number;
}

export interface PageSpec {
  readonly title: string;
  readonly subtitle?: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly PanelSpec[];
  readonly pictures?: readonly Picture[];
}

const pageWidth = 1120;
const side = 28;
const gap = 30;
const panelHeight = 270;
/** The widest that a picture is drawn: pixels. */
export const pictureWidth = 340;
const family = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
const room = pageWidth - 2 * side;

/** A part of the page, drawn from `top` on, and how high it is: pixels. */
interface Part {
  readonly svg: string;
  readonly height: number;
}

export function drawPage(spec: PageSpec): string {
  let top = side;
  const drawn: string[] = [];
  for (const part of [drawHead, drawLegend, drawPanels, drawPictures]) {
    const { svg, height } = part(spec, top);
    drawn.push(svg);
    top += height;
  }
  const height = Math.ceil(top + side / 2);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${pageWidth} ${height}`,
      width: pageWidth,
      height,
      'font-family': family,
      'font-size': 12,
    },
    element('rect', { width: pageWidth, height, fill: '#ffffff' }),
    ...drawn,
  );
}

function drawHead({ title, subtitle }: PageSpec, top: number): Part {
  const lines = [
    text(side, top + 14, fitted(title, room, 18), { 'font-size': 18, 'font-weight': 600, fill: ink.strong }),
  ];
  if (subtitle) lines.push(text(side, top + 36, fitted(subtitle, room, 12), { fill: ink.weak }));
  return { svg: lines.join(''), height: subtitle ? 52 : 32 };
}

function drawLegend({ legend }: PageSpec, top: number): Part {
  const swatch = 26;
  let [left, line] = [side, 0];
  const entries = legend.map(({ label, style }) => {
    const words = fitted(label, room - swatch, 13);
    const width = swatch + 8 + textWidth(words, 13) + 18;
    if (left > side && left + width > pageWidth - side) {
      left = side;
      line += 1;
    }
    const y = top + 8 + line * 22;
    const drawn = [
      element('line', {
        x1: left,
        x2: left + swatch,
        y1: y,
        y2: y,
        stroke: style.colour,
        'stroke-width': 3,
        'stroke-dasharray': style.dash,
      }),
      text(left + swatch + 8, y + 4.5, words, { 'font-size': 13, fill: ink.strong }),
    ];
    left += width;
    return drawn.join('');
  });
  return { svg: entries.join(''), height: legend.length === 0 ? 0 : (line + 1) * 22 + 14 };
}

function drawPanels({ panels }: PageSpec, top: number): Part {
  const columns = panels.length === 1 ? 1 : panels.length === 2 || panels.length === 4 ? 2 : 3;
  const width = (room - (columns - 1) * gap) / columns;
  const height = columns === 1 ? 360 : panelHeight;
  const svg = panels.map((panel, i) =>
    drawPanel(
      panel,
      {
        left: side + (i % columns) * (width + gap),
        top: top + Math.floor(i / columns) * (height + 16),
        width,
        height,
      },
      `panel-${i}`,
    ),
  );
  return { svg: svg.join(''), height: Math.ceil(panels.length / columns) * (height + 16) };
}

/** Three in a row, or four when there are more than three. */
function drawPictures({ pictures = [] }: PageSpec, top: number): Part {
  const columns = pictures.length > 3 ? 4 : 3;
  const width = Math.min(pictureWidth, (room - (columns - 1) * gap) / columns);
  const drawn: string[] = [];
  let y = top + 8;
  for (let i = 0; i < pictures.length; i += columns) {
    const row = pictures.slice(i, i + columns);
    drawn.push(
      ...row.map((picture, column) => drawPicture(picture, side + column * (width + gap), y, width)),
    );
    y += Math.max(...row.map((picture) => heightAt(picture, width))) + 68;
  }
  return { svg: drawn.join(''), height: y - top };
}

/** Square pictures and flat ones as wide as there is room; tall ones no higher than that. */
function heightAt({ width, height }: Picture, available: number): number {
  return Math.min(available, (height / width) * available);
}

function drawPicture(picture: Picture, left: number, top: number, available: number): string {
  const { caption, note, style, png } = picture;
  const height = heightAt(picture, available);
  const width = (picture.width / picture.height) * height;
  return [
    element('rect', { x: left, y: top + 1, width: 12, height: 12, rx: 2, fill: style.colour }),
    text(left + 20, top + 12, fitted(caption, available - 20, 13), {
      'font-size': 13,
      'font-weight': 600,
      fill: ink.strong,
    }),
    text(left, top + 31, fitted(note, available, 12), { fill: ink.weak }),
    element('image', {
      x: left,
      y: top + 42,
      width,
      height,
      href: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    }),
  ].join('');
}

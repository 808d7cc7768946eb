import { thinned } from '../../src/chart/curve';
import { chartFiles } from '../../src/chart/file';
import { drawPage } from '../../src/chart/page';
import { styleOf } from '../../src/chart/palette';
import { element, fitted } from '../../src/chart/svg';

it('thins a long curve to means of stretches, and says how far they scatter', () => {
  const points = Array.from({ length: 1000 }, (_, i) => ({ x: i, y: i % 2 }));
  const { line, band } = thinned(points, 10);
  expect(line).toHaveLength(10);
  expect(line[0]).toEqual({ x: 49.5, y: 0.5 });
  expect(band[0]).toEqual({ x: 49.5, low: 0, high: 1 });
  expect(thinned(points.slice(0, 10), 10)).toEqual({ line: points.slice(0, 10), band: [] });
});

it('tells twenty-four series apart by colour and dash', () => {
  const styles = Array.from({ length: 24 }, (_, i) => JSON.stringify(styleOf(i)));
  expect(new Set(styles).size).toBe(24);
});

it('lets no text break out of the document', () => {
  expect(element('g', { id: '"><script>' })).toBe('<g id="&quot;&gt;&lt;script&gt;"/>');
  const svg = drawPage({ title: '<b>&\u0000', legend: [{ label: '</svg>', style: styleOf(0) }], panels: [] });
  expect(svg).toContain('&lt;b&gt;&amp;�');
  expect(svg.match(/<\/svg>/g)).toHaveLength(1);
});

it('shortens names in the middle', () => {
  expect(fitted('abcdefghij', 1000, 10)).toBe('abcdefghij');
  expect(fitted('abcdefghij', 42, 10)).toBe('abc…hij');
});

it('writes no number that is none, whatever the series', () => {
  const series = [[], [{ x: 0, y: 0 }], [{ x: 1, y: 5 }]].map((points, i) => ({ points, style: styleOf(i) }));
  const panel = { title: 't', x: { label: 'x' }, y: { label: 'y' } };
  const svg = drawPage({
    title: 't',
    legend: [],
    panels: [
      { ...panel, series },
      { ...panel, series: [] },
    ],
  });
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

it('writes the format that a name ends in, both for a plain name, and no other', () => {
  expect(chartFiles('a.b/run-0.5')).toEqual(['a.b/run-0.5.svg', 'a.b/run-0.5.png']);
  expect(chartFiles('x.PNG')).toEqual(['x.PNG']);
  expect(() => chartFiles('x.pdf')).toThrow('written as .svg or .png, got .pdf');
});

import {
  counted,
  duration,
  figure,
  fileSize,
  fineFigure,
  imageRate,
  markdownCode,
  markdownText,
  measured,
  printable,
  printableLine,
  shellWord,
  sparkline,
} from '../src/words';

test('counts have their plural', () => {
  expect(counted(1, 'picture')).toBe('1 picture');
  expect(counted(60_000, 'picture')).toBe('60,000 pictures');
  expect(counted(2, 'class', 'classes')).toBe('2 classes');
});

test('figures are short, small ones keep digits, and the minus is a true one', () => {
  expect([figure(-105.714), figure(0.9134), figure(1.234e6)]).toEqual(['−105.71', '0.913', '1.23e+6']);
  expect([fineFigure(0.00123), fineFigure(0), fineFigure(0.5)]).toEqual(['0.00123', '0.000', '0.500']);
  expect(measured(-12.308, 0.1, 'nats')).toBe('−12.31 ± 0.10 nats');
  expect(measured(0.5, 0.00123)).toBe('0.5000 ± 0.0012');
});

test('small curves go from the least to the largest value', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([-2, -1, -2])).toBe('▁█▁');
  expect(sparkline([3, 3])).toBe('▁▁');
});

test('durations, rates and sizes have the unit that fits', () => {
  expect([1.24, 12.2, 200, 7500].map(duration)).toEqual(['1.2 s', '12 s', '3 min 20 s', '2 h 5 min']);
  expect([41_234, 712.4].map(imageRate)).toEqual(['41,200 images/s', '712 images/s']);
  expect([12_345, 9.9e6, 1.36e9].map(fileSize)).toEqual(['13 kB', '9.9 MB', '1.4 GB']);
});

test('a word for the shell is quoted where anything in it would mean something to one', () => {
  expect(shellWord('runs/vae-2')).toBe('runs/vae-2');
  expect(shellWord("it's $(here)")).toBe("'it'\\''s $(here)'");
});

test('what a terminal would obey is shown, in escapes that are also JSON', () => {
  const hostile = 'a\x1b[2J\u009b\x7f\u202e\u2066\u2028\r\tb\nc';
  expect(printable(hostile)).toBe('a\\u001b[2J\\u009b\\u007f\\u202e\\u2066\\u2028\\u000d\\u0009b\nc');
  expect(printableLine(hostile)).not.toContain('\n');
  expect(JSON.parse(printable(JSON.stringify({ hostile })))).toEqual({ hostile });
  expect(printable('naïve ✓ 日本 👩‍🎨 −1')).toBe('naïve ✓ 日本 👩‍🎨 −1');
});

test('Markdown takes nothing in a text for a mark, and keeps code whole', () => {
  expect(markdownText('a|b <i> `c`\n# d')).toBe('a\\|b \\<i\\> \\`c\\`\\\\u000a\\# d');
  expect(markdownCode('a`b')).toBe('`` a`b ``');
});

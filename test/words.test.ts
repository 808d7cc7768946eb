import {
  counted,
  duration,
  figure,
  fileSize,
  fineFigure,
  imageRate,
  measured,
  shellWord,
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

test('durations, rates and sizes have the unit that fits', () => {
  expect([1.24, 12.2, 200, 7500].map(duration)).toEqual(['1.2 s', '12 s', '3 min 20 s', '2 h 5 min']);
  expect([41_234, 712.4].map(imageRate)).toEqual(['41,200 images/s', '712 images/s']);
  expect([12_345, 9.9e6, 1.36e9].map(fileSize)).toEqual(['13 kB', '9.9 MB', '1.4 GB']);
});

test('a word for the shell is quoted where anything in it would mean something to one', () => {
  expect(shellWord('runs/vae-2')).toBe('runs/vae-2');
  expect(shellWord("it's $(here)")).toBe("'it'\\''s $(here)'");
});

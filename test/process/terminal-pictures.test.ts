// The terminal is asked what it can show; these answer as terminals do.
import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { pictureWayOf } from '../../src/process/terminal-pictures';

/** A terminal that answers what it is asked. @returns what is asked of it, and how it was left */
function terminal(answer: string | undefined) {
  const raw: boolean[] = [];
  const input = new PassThrough() as unknown as ReadStream & PassThrough;
  Object.assign(input, {
    isTTY: true,
    isRaw: false,
    setRawMode: (on: boolean) => raw.push(on),
    unref: () => undefined,
  });
  const output = new PassThrough();
  const asked: string[] = [];
  output.on('data', (bytes) => {
    asked.push(String(bytes));
    if (answer !== undefined) for (const letter of answer) input.write(letter);
  });
  return { input, output, raw, asked };
}

const xterm = { TERM: 'xterm-256color' };

test.each([
  ['kitty', '\x1b_Gi=31;OK\x1b\\\x1b[?62;c'],
  ['sixel', '\x1b[?62;4;6;22c'],
  ['blocks', '\x1b[?64;1;2c'],
  ['blocks', '\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?6c'],
  ['blocks', undefined],
])('%s, when it answers %j', async (way, answer) => {
  const { input, output, raw, asked } = terminal(answer);
  expect(await pictureWayOf({ input, output, environment: xterm, inForeground: true })).toBe(way);
  expect(asked).toHaveLength(1);
  expect(raw).toEqual([true, false]);
  expect(input.listenerCount('data')).toBe(0);
  expect(input.isPaused()).toBe(true);
});

test.each([
  ['NO_COLOR', { ...xterm, NO_COLOR: '1' }, true, undefined],
  ['a terminal without colours', { TERM: 'dumb' }, true, undefined],
  ['no name of a terminal', {}, true, undefined],
  ['the background, where asking would stop us', xterm, false, 'blocks'],
])('nothing is asked with %s', async (_, environment, inForeground, way) => {
  const { input, output, asked } = terminal('\x1b[?62;4c');
  expect(await pictureWayOf({ input, output, environment, inForeground })).toBe(way);
  expect(asked).toEqual([]);
});

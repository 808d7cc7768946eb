import { fitted, openOutput, wrap } from '../src/output';

const epoch =
  'Epoch 1/4 · ELBO −223.17 nats · reconstruction 213.40 nats · KL 9.773 nats · 3,500 images/s · 2.8 s';

test.each([20, 40, 60, 80])(
  'lines are broken between words at %d columns, and numbers stay whole',
  (columns) => {
    const wrapped = wrap(`warning: ${epoch}`, columns);
    for (const row of wrapped.split('\n')) expect(row.length).toBeLessThan(columns);
    const words = (text: string) => text.split(/[\s·]+/);
    expect(words(wrapped)).toEqual(words(`warning: ${epoch}`));
  },
);

test('what fits stays as it is, and a word wider than the terminal is left whole', () => {
  expect(wrap(epoch, 200)).toBe(epoch);
  expect(wrap('see /a/very/long/path/to/somewhere now', 12)).toBe(
    'see\n  /a/very/long/path/to/somewhere\n  now',
  );
});

test('behind a bar stand the figures that fit whole', () => {
  const words = '12/469 · 41,200 images/s · generator 0.913';
  for (let room = 0; room < 50; room++) {
    const left = fitted(words, room);
    expect(left.length).toBeLessThanOrEqual(room);
    expect(`${words} · `.startsWith(left === '' ? '' : `${left} · `)).toBe(true);
  }
  expect(fitted(words, 100)).toBe(words);
});

function gather(flags: { json?: boolean; quiet?: boolean }) {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const streams = {
    stdout: (line: string) => void stdout.push(line),
    stderr: (line: string) => void stderr.push(line),
    terminal: undefined,
  };
  const output = openOutput(streams, flags);
  output.progress('going', { event: 'going' });
  output.event({ event: 'step' });
  output.warn('careful');
  output.result({ event: 'end' }, 'done');
  expect(output.openBars()).toBeUndefined();
  return { stdout, stderr };
}

test('people read results on stdout, and progress and warnings on stderr', () => {
  expect(gather({})).toEqual({ stdout: ['done'], stderr: ['going', 'warning: careful'] });
  expect(gather({ quiet: true })).toEqual({ stdout: ['done'], stderr: ['warning: careful'] });
});

test('programs read one JSON object a line', () => {
  const { stdout, stderr } = gather({ json: true });
  const events = stdout.map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toEqual(['going', 'step', 'warning', 'end']);
  // What happens has its time; what a command gives is the same each time.
  for (const { event, time } of events)
    expect([event, typeof time === 'string' && new Date(time).toISOString() === time]).toEqual([
      event,
      event !== 'end',
    ]);
  expect(stderr).toEqual(['warning: careful']);
});

test('a line stays a line, whatever is in it', () => {
  const said: string[] = [];
  const streams = {
    stdout: (line: string) => void said.push(line),
    stderr: (line: string) => void said.push(line),
  };
  const output = openOutput({ ...streams, terminal: undefined }, {});
  output.warn('a\nwarning: forged \x1b[2J');
  output.result({}, ['one', 'two\nforged']);
  expect(said).toEqual(['warning: a\\u000awarning: forged \\u001b[2J', 'one\ntwo\\u000aforged']);
});

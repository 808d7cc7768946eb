import { DivergedError } from '../../../src/errors';
import { createLossWatch } from '../../../src/training/watch/losses';

const pixelCount = 784;

function stepsUntilAlarm(rows: readonly Record<string, number>[], earlier: typeof rows = []): number {
  const watch = createLossWatch(pixelCount, earlier);
  for (const [i, losses] of rows.entries()) {
    try {
      watch(losses, i + 1);
    } catch (error) {
      if (error instanceof DivergedError) return error.step;
      throw error;
    }
  }
  return 0;
}

const rows = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => ({ loss: value(i) }));

describe.each([
  ['a critic that starts at 0 and drifts to hundreds', (i: number) => (i < 20 ? 1e-6 * i : i)],
  ['a VAE that falls from 550 nats to 100', (i: number) => -100 - 450 * 0.9 ** i],
  ['a KL divergence that grows from nothing', (i: number) => 1e-5 + 25 * (1 - 0.9 ** i)],
  ['a generator that jumps a hundredfold now and then', (i: number) => (i % 17 === 0 ? 70 : 0.7)],
  ['a discriminator that wins', (i: number) => 0.7 * 0.8 ** i],
])('%s', (_, value) => {
  it('raises no alarm', () => expect(stepsUntilAlarm(rows(300, value))).toBe(0));
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%p is noticed at once', (bad) => {
  expect(stepsUntilAlarm([...rows(3, () => 1), { loss: bad }])).toBe(4);
});

it('a loss of ten thousand times its median is noticed, of either sign', () => {
  for (const sign of [1, -1]) {
    expect(stepsUntilAlarm([...rows(50, () => 20), { loss: sign * 1.9e5 }])).toBe(0);
    expect(stepsUntilAlarm([...rows(50, () => 20), { loss: sign * 2.1e5 }])).toBe(51);
  }
});

it('before there is a median, it is ten thousand a pixel', () => {
  expect(stepsUntilAlarm([{ loss: 1e6 }])).toBe(0);
  expect(stepsUntilAlarm([{ loss: 1e7 }])).toBe(1);
});

it('a resumed run raises the alarm where an unbroken one does', () => {
  const all = rows(400, (i) => 1 + i ** 4 / 1000);
  all[360] = { loss: 1e13 };
  expect(stepsUntilAlarm(all)).toBe(361);
  expect(stepsUntilAlarm(all.slice(350), all.slice(0, 350))).toBe(11);
});

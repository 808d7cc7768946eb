import { threadWords } from '../../src/tune/thread-words';

it('divides the cores among trials that run at the same time, on the backend whose threads can be set', () => {
  const words = (parallel: number, cores: number, backend?: string) =>
    threadWords({ parallel, backend }, cores).join(' ');
  expect(words(1, 8)).toBe('');
  expect(words(2, 8)).toBe('--threads 4');
  expect(words(3, 8, 'wasm')).toBe('--threads 2');
  expect(words(9, 8)).toBe('--threads 1');
  expect(words(2, 8, 'native')).toBe('');
});

// Property tests of parsers: whatever comes in, a value or an AigcError comes out, and memory does not run away.
import fc from 'fast-check';
import { AigcError } from '../../src/errors';

/** `npm run test:fuzz` tries many more. */
const numRuns = Number(process.env.AIGC_FUZZ_CASES ?? 100);
/** The same cases each time, so that what fails fails for everybody; other ones when more are asked for. */
const seed = process.env.AIGC_FUZZ_CASES === undefined ? { seed: 1 } : {};
/** More than any parser takes for inputs as small as these. */
const maxGrowth = 2 ** 28;

/** @param parse throws an AigcError, or one of `also`, or gives a value */
export function holds<T>(
  what: string,
  inputs: fc.Arbitrary<T>,
  parse: (input: T) => unknown,
  also: readonly (abstract new (...words: never[]) => Error)[] = [],
): void {
  it(
    what,
    async () => {
      const before = process.memoryUsage.rss();
      const property = fc.asyncProperty(inputs, async (input) => {
        try {
          await parse(input);
        } catch (error) {
          if (!(error instanceof AigcError || also.some((kind) => error instanceof kind))) throw error;
        }
      });
      await fc.assert(property, { numRuns, ...seed });
      expect(process.memoryUsage.rss() - before).toBeLessThan(maxGrowth);
    },
    60_000 + 60 * numRuns,
  );
}

/** Bytes near those of a good file: some changed, some cut, some added, or none of them. */
export function near(good: Buffer): fc.Arbitrary<Buffer> {
  const edit = fc.record({ at: fc.nat(good.length), byte: fc.nat(255), cut: fc.boolean() });
  const edited = fc.array(edit, { maxLength: 6 }).map((edits) => {
    let bytes = Buffer.from(good);
    for (const { at, byte, cut } of edits) {
      if (at < bytes.length) bytes[at] = byte;
      if (cut && byte < 16) bytes = bytes.subarray(0, at);
    }
    return bytes;
  });
  const longer = fc.uint8Array({ maxLength: 64 }).map((more) => Buffer.concat([good, more]));
  const anything = fc.uint8Array({ maxLength: 256 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof(
    { weight: 6, arbitrary: edited },
    { weight: 1, arbitrary: longer },
    { weight: 1, arbitrary: anything },
  );
}

const oddNumbers = fc.constantFrom(-1, 0, 1e6, 1e308, -1e308, 2 ** 53, 0.5, 1e-320);
const oddWords = fc.constantFrom(
  '',
  'constructor',
  '__proto__',
  'toString',
  'a\0b',
  '../..',
  '\x1b[2J',
  '9'.repeat(400),
);
const odd = fc.oneof(oddNumbers, oddWords, fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined));

/** JSON near a good value: some of its fields, at any depth, say something else, are gone, or are new. */
export function nearJson(good: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(good);
  const edit = fc.record({
    path: fc.constantFrom(...paths),
    value: odd,
    name: fc.oneof(fc.constant(''), oddWords),
  });
  return fc.array(edit, { maxLength: 4 }).map((edits) => {
    let value = structuredClone(good);
    for (const { path, value: other, name } of edits)
      value = replaced(value, name ? [...path, name] : path, other);
    return value;
  });
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([name, below]) => pathsOf(below).map((path) => [name, ...path])),
  ];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], other: unknown): unknown {
  if (name === undefined) return other;
  if (typeof value !== 'object' || value === null) return value;
  const inside = replaced((value as Record<string, unknown>)[name], rest, other);
  return Array.isArray(value)
    ? value.map((item, i) => (String(i) === name ? inside : item))
    : Object.fromEntries([...Object.entries(value).filter(([key]) => key !== name), [name, inside]]);
}

import * as tf from '@tensorflow/tfjs-core';
import { type CompiledStep, compileStep, type StepRequest } from '../../../src/tensor/compile/compile';
import { cpu } from '../../../src/tensor/cpu';
import { native } from '../../../src/tensor/native';
import { findInstallation } from '../../../src/tensor/native/location';
import { adamUpdate } from '../../../src/tensor/ops/adam';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

/** A network of one layer under Adam, with a moving average of its weights: all that a training step is made of. */
function createModel(beta1 = 0.9) {
  const shape = [6, 4] as const;
  const variables = new Map(
    ['weight', 'first', 'second', 'average'].map((name, i) => [
      name,
      tf.tidy(() => tf.variable(tf.mul(tf.sin(tf.reshape(tf.range(0, 24), [...shape])), i === 0 ? 1 : 0))),
    ]),
  );
  const get = (name: string) => variables.get(name) as tf.Variable;
  const step: StepRequest['step'] = ({ x, stepSize }) =>
    tf.tidy(() => {
      const weight = get('weight');
      const loss = () =>
        tf.mean(tf.square(tf.sub(tf.tanh(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D)), 0.5)));
      const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, [weight]);
      const before = tf.sum(weight);
      const positive = tf.sum(tf.cast(tf.greater(weight, 0), 'float32'));
      const [next, first, second] = adamUpdate(
        weight,
        get('first'),
        get('second'),
        grads[weight.name] as tf.Tensor,
        stepSize as tf.Scalar,
        { beta1, beta2: 0.99, epsilon: 1e-8 },
      );
      weight.assign(next);
      get('first').assign(first);
      get('second').assign(second);
      get('average').assign(tf.add(tf.mul(get('average'), 0.9), tf.mul(weight, 0.1)));
      // Reads of the weight before and after its update, by ops that wait for nothing else.
      return { loss: value, change: tf.sub(tf.sum(weight), before), positive };
    });
  return { variables, step, dispose: () => tf.dispose([...variables.values()]) };
}

const inputs = { x: { shape: [8, 6], dtype: 'float32' }, stepSize: { shape: [], dtype: 'float32' } } as const;

const feedOf = (step: number) => ({
  x: Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * 1.3 + step)),
  stepSize: Float32Array.of(0.05 / (1 + step)),
});

/** Runs a step op by op. */
function runEagerly(model: ReturnType<typeof createModel>, step: number): Record<string, number> {
  const { x, stepSize } = feedOf(step);
  const outputs = tf.tidy(() =>
    model.step({ x: tf.tensor2d(x, [8, 6]), stepSize: tf.scalar(stepSize[0] as number) }),
  );
  const values = Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync()[0]]);
  tf.dispose(outputs);
  return Object.fromEntries(values);
}

const firstOf = (read: Record<string, Float32Array> | undefined) =>
  Object.fromEntries(Object.entries(read ?? {}).map(([name, values]) => [name, values[0]]));

const bytesOf = (variables: ReadonlyMap<string, tf.Variable>) =>
  [...variables].map(([name, variable]) => [
    name,
    Buffer.from(variable.dataSync().slice().buffer).toString('hex'),
  ]);

const tensors = () => {
  const { binding } = tf.backend() as unknown as {
    binding: { getNumOfTensors(): number; getNumOfSavedModels(): number };
  };
  return [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()];
};

describeNative('a compiled step', () => {
  beforeAll(() => native.start());

  test('gives the bits that the step gives op by op, again and again', () => {
    const [eager, compiled] = [createModel(), createModel()];
    const step = compileStep({ inputs, ...compiled, compiler: 'graph' });
    for (let i = 0; i < 300; i++) {
      const read = step.run(feedOf(i), true) as Record<string, Float32Array>;
      const expected = runEagerly(eager, i);
      expect(firstOf(read)).toEqual(expected);
    }
    step.store();
    expect(bytesOf(compiled.variables)).toEqual(bytesOf(eager.variables));
    step.dispose();
    eager.dispose();
    compiled.dispose();
  });

  test('gives the same in chains of steps, between single ones, and leaves nothing behind', () => {
    const before = tensors();
    const [eager, compiled] = [createModel(), createModel()];
    const step = compileStep({ inputs, ...compiled, compiler: 'graph', chained: 3 });
    for (let i = 0; i < 200; i += 4) {
      const read = step.runChain([feedOf(i), feedOf(i + 1), feedOf(i + 2)], true);
      const [, , expected] = [0, 1, 2].map((k) => runEagerly(eager, i + k));
      expect(firstOf(read)).toEqual(expected);
      expect(step.run(feedOf(i + 3), true)?.loss?.[0]).toBe(runEagerly(eager, i + 3).loss);
    }
    step.store();
    expect(bytesOf(compiled.variables)).toEqual(bytesOf(eager.variables));
    expect(() => step.runChain([feedOf(0)], false)).toThrow(RangeError);
    step.dispose();
    eager.dispose();
    compiled.dispose();
    expect(tensors()).toEqual(before);
  });

  test('hands values from variable to variable along a chain', () => {
    const variables = new Map(['a', 'b', 'c'].map((name, i) => [name, tf.variable(tf.tensor1d([i + 1]))]));
    const [a, b, c] = [...variables.values()] as [tf.Variable, tf.Variable, tf.Variable];
    const step = compileStep({
      inputs: { by: { shape: [1], dtype: 'float32' } },
      variables,
      step: ({ by }) =>
        tf.tidy(() => {
          const sum = tf.add(a, by as tf.Tensor);
          a.assign(b.clone());
          b.assign(sum);
          c.assign(tf.mul(c, a));
          return { sum: tf.add(sum, 0) };
        }),
      compiler: 'graph',
      chained: 3,
    });
    const values = [0.5, 10, 100].map((by) => ({ by: Float32Array.of(by) }));
    // (1, 2, 3) → (2, 1.5, 6) → (1.5, 12, 9) → (12, 101.5, 108)
    expect(step.runChain(values, true)?.sum?.[0]).toBe(101.5);
    step.store();
    expect([a, b, c].map((variable) => variable.dataSync()[0])).toEqual([12, 101.5, 108]);
    step.dispose();
    tf.dispose([a, b, c]);
  });

  test('comes close to it as a kernel of XLA, with the same bits however many steps a call has', () => {
    const before = tensors();
    const [eager, alone, compiled] = [createModel(), createModel(), createModel()];
    const one = compileStep({ inputs, ...alone, compiler: 'xla' });
    const step = compileStep({ inputs, ...compiled, compiler: 'xla', chained: 4 });
    expect(step.chains).toBe('any');
    let i = 0;
    for (const count of [1, 4, 2, 3, 1, 4]) {
      const steps = Array.from({ length: count }, (_, k) => i + k);
      const read = step.runChain(steps.map(feedOf), true);
      const expected = steps.map((at) => one.run(feedOf(at), true)).at(-1);
      expect(read).toEqual(expected);
      const op = steps.map((at) => runEagerly(eager, at)).at(-1);
      expect(read?.loss?.[0]).toBeCloseTo(op?.loss as number, 5);
      expect(read?.change?.[0]).toBeCloseTo(op?.change as number, 5);
      i += count;
    }
    for (const each of [one, step]) each.store();
    expect(bytesOf(compiled.variables)).toEqual(bytesOf(alone.variables));
    expect(() => step.runChain([0, 1, 2, 3, 4].map(feedOf), false)).toThrow('at most 4 steps');
    expect(() => step.run({ ...feedOf(0), x: new Float32Array(3) }, false)).toThrow(RangeError);
    for (const each of [one, step, eager, alone, compiled]) each.dispose();
    expect(tensors()).toEqual(before);
  });

  test.each([0, 0.9])(
    'changes weights and moments as Adam does, β₁ being %f, as a kernel of XLA',
    (beta1) => {
      const [eager, compiled] = [createModel(beta1), createModel(beta1)];
      const step = compileStep({ inputs, ...compiled, compiler: 'xla' });
      for (let i = 0; i < 20; i++) {
        step.run(feedOf(i), false);
        runEagerly(eager, i);
      }
      step.store();
      for (const [name, variable] of eager.variables) {
        const [expected, seen] = [variable, compiled.variables.get(name) as tf.Variable];
        const furthest = tf.tidy(() => tf.max(tf.abs(tf.sub(expected, seen))).dataSync()[0]);
        expect({ name, close: (furthest as number) < 1e-6 }).toEqual({ name, close: true });
        expect(tf.tidy(() => tf.max(tf.abs(seen)).dataSync()[0])).toBeGreaterThan(1e-4);
      }
      for (const each of [step, eager, compiled]) each.dispose();
    },
  );

  test('hands on what has a shape, rows of bytes and integers, as a kernel of XLA', () => {
    const total = tf.variable(tf.zeros([3]));
    const bytes = Uint8Array.from({ length: 12 }, (_, i) => i * 10);
    const rows = { bytes, rows: 4, picked: 2, rowShape: [3], scale: { multiply: 2, add: 1, divide: 4 } };
    const step = compileStep({
      inputs: { rows, by: { shape: [2], dtype: 'int32' } },
      variables: new Map([['total', total]]),
      step: ({ rows: images, by }) =>
        tf.tidy(() => {
          const scaled = tf.mul(images as tf.Tensor, tf.reshape(tf.cast(by as tf.Tensor, 'float32'), [2, 1]));
          total.assign(tf.add(total, tf.sum(scaled, 0)));
          return { scaled, total: total.clone() };
        }),
      compiler: 'xla',
      chained: 3,
    });
    const first = { rows: Int32Array.of(3, 0), by: Int32Array.of(1, 10) };
    const second = { rows: Int32Array.of(1, 1), by: Int32Array.of(0, 2) };
    // (byte · 2 + 1) / 4 times `by`: 90 is 45.25, 0 is 0.25 and so 2.5.
    expect(step.runChain([first], true)).toEqual({
      scaled: Float32Array.of(45.25, 50.25, 55.25, 2.5, 52.5, 102.5),
      total: Float32Array.of(47.75, 102.75, 157.75),
    });
    expect(step.runChain([second, first], true)?.total).toEqual(Float32Array.of(126, 246, 366));
    step.dispose();
    total.dispose();
  });

  test('is several kernels of XLA with convolutions, and with what XLA knows no kernel for', () => {
    const run = (values: (x: tf.Tensor4D) => tf.Tensor) => {
      const step = compileStep({
        inputs: { x: { shape: [1, 4, 4, 1], dtype: 'float32' } },
        variables: new Map(),
        step: ({ x }) => tf.tidy(() => ({ y: tf.sum(values(x as tf.Tensor4D)) })),
        compiler: 'xla',
        chained: 3,
      });
      const result = step.run({ x: Float32Array.from({ length: 16 }, (_, i) => i) }, true);
      step.dispose();
      return [step.chains, result?.y?.[0]];
    };
    const filter = Array.from({ length: 9 }, () => 1);
    expect(run((x) => tf.conv2d(x, tf.tensor4d(filter, [3, 3, 1, 1]), 1, 'valid'))).toEqual(['none', 270]);
    expect(run((x) => tf.where(tf.greater(x, 7), x, tf.zerosLike(x)))).toEqual(['any', 92]);
    expect(run((x) => tf.dilation2d(x, tf.tensor3d([0], [1, 1, 1]), 1, 'valid'))).toEqual(['none', 120]);
  });

  test('leaves the variables as they are until it is asked to store, and takes new values when it is asked to load', () => {
    const model = createModel();
    const before = bytesOf(model.variables);
    const step = compileStep({ inputs, ...model, compiler: 'graph' });
    expect(bytesOf(model.variables)).toEqual(before);
    step.run(feedOf(0), false);
    expect(bytesOf(model.variables)).toEqual(before);
    step.load();
    step.store();
    expect(bytesOf(model.variables)).toEqual(before);
    step.run(feedOf(0), false);
    step.store();
    const stored = bytesOf(model.variables);
    expect(stored).not.toEqual(before);
    // What was stored is the tf.Variables' own: later steps leave it alone.
    for (let i = 1; i < 20; i++) step.run(feedOf(i), false);
    expect(bytesOf(model.variables)).toEqual(stored);
    step.dispose();
    model.dispose();
  });

  test('is one of several that do not disturb each other', () => {
    const models = [createModel(), createModel()];
    const [one, two] = models.map((model) => compileStep({ inputs, ...model, compiler: 'graph' })) as [
      CompiledStep,
      CompiledStep,
    ];
    const first = one.run(feedOf(0), true);
    one.run(feedOf(1), false);
    expect(two.run(feedOf(0), true)).toEqual(first);
    one.dispose();
    two.dispose();
    for (const model of models) model.dispose();
  });

  test('keeps two variables apart that began as one tensor', () => {
    const start = tf.tensor1d([1, 2]);
    const [one, two] = [tf.variable(start), tf.variable(start)];
    const step = compileStep({
      inputs: {},
      variables: new Map([
        ['one', one],
        ['two', two],
      ]),
      compiler: 'graph',
      step: () => {
        const sum = tf.add(one, two);
        one.assign(tf.mul(one, 2));
        two.assign(tf.mul(two, 10));
        return { sum };
      },
    });
    const sums = [0, 1, 2].map(() => [...(step.run({}, true)?.sum ?? [])]);
    expect(sums).toEqual([
      [2, 4],
      [12, 24],
      [104, 208],
    ]);
    step.dispose();
    tf.dispose([start, one, two]);
  });

  test('swaps two variables', () => {
    const [one, two] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const step = compileStep({
      inputs: {},
      variables: new Map([
        ['one', one],
        ['two', two],
      ]),
      compiler: 'graph',
      step: () =>
        tf.tidy(() => {
          const kept = one.clone();
          one.assign(two);
          two.assign(kept);
          return { one: tf.add(one, 0) };
        }),
    });
    expect([1, 2, 3].map(() => step.run({}, true)?.one?.[0])).toEqual([2, 1, 2]);
    step.store();
    expect([one.dataSync()[0], two.dataSync()[0]]).toEqual([2, 1]);
    step.dispose();
    tf.dispose([one, two]);
  });

  test('picks rows out of a table of bytes that it was given once', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const step = compileStep({
      inputs: {
        rows: {
          bytes,
          rows: 128,
          picked: 3,
          rowShape: [1, 2],
          scale: { multiply: 2, add: -255, divide: 255 },
        },
      },
      variables: new Map(),
      compiler: 'graph',
      step: ({ rows }) => ({ rows: tf.add(rows as tf.Tensor, 0) }),
    });
    const read = step.run({ rows: Int32Array.of(0, 127, 64) }, true);
    const expected = [0, 1, 254, 255, 128, 129].map((byte) => Math.fround(byte / 127.5 - 1));
    expect([...(read?.rows ?? [])]).toEqual(expected);
    step.dispose();
  });

  test.each([
    ['graph', [2, 2], 0],
    ['graph', [3, 1], 0],
    ['graph', [8], 3],
    ['xla', [3, 2], 1],
  ] as const)(
    '%s picks rows of any size, whatever float32 their bytes would be: %s from %i',
    (compiler, rowShape, from) => {
      // Signalling NaN, quiet NaN, infinity, minus zero and a subnormal number among them.
      const patterns = [0x7fa00001, 0xffc00000, 0x7f800000, 0x80000000, 1, 0x01020304, 0xff7fffff];
      const held = new Uint8Array(from + 28);
      patterns.forEach((word, i) => {
        new DataView(held.buffer).setUint32(from + 4 * i, word, true);
      });
      const bytes = held.subarray(from);
      const rowBytes = rowShape.reduce((product: number, side) => product * side, 1);
      const rows = Math.floor(28 / rowBytes);
      const scale = { multiply: 1, add: 0, divide: 1 };
      const step = compileStep({
        inputs: { rows: { bytes, rows, picked: rows, rowShape, scale } },
        variables: new Map(),
        compiler,
        step: ({ rows }) => ({ rows: tf.add(rows as tf.Tensor, 0) }),
      });
      const order = Int32Array.from({ length: rows }, (_, i) => rows - 1 - i);
      const read = step.run({ rows: order }, true);
      const expected = [...order].flatMap((row) => [...bytes.subarray(row * rowBytes, (row + 1) * rowBytes)]);
      expect([...(read?.rows ?? [])]).toEqual(expected);
      step.dispose();
    },
  );

  test('refuses an input of another size, by its name', () => {
    const model = createModel();
    const step = compileStep({ inputs, ...model, compiler: 'graph' });
    const { stepSize } = feedOf(0);
    expect(() => step.run({ x: new Float32Array(42), stepSize }, false)).toThrow(
      'compiled for 48 values [8,6] of x, got 42',
    );
    expect(() => step.run({ stepSize }, false)).toThrow('of x, got none');
    step.dispose();
    model.dispose();
  });

  test('leaves nothing behind', () => {
    const before = tensors();
    const model = createModel();
    const step = compileStep({ inputs, ...model, compiler: 'graph' });
    step.run(feedOf(0), true);
    const running = tensors();
    for (let i = 0; i < 1000; i++) step.run(feedOf(i), i % 2 === 0);
    expect(tensors()).toEqual(running);
    step.store();
    step.store();
    expect(tensors()).toEqual(running);
    step.dispose();
    model.dispose();
    expect(tensors()).toEqual(before);
  });

  test('is only to be had of TensorFlow', async () => {
    await cpu.start();
    try {
      const request = { inputs: {}, variables: new Map(), compiler: 'graph', step: () => ({}) } as const;
      expect(() => compileStep(request)).toThrow('Only TensorFlow compiles steps; the backend is cpu');
    } finally {
      await native.start();
    }
  });
});

// Second derivatives of `tf.customGrad`, whose gradients may read what they saved on the way forward.
import * as tf from '@tensorflow/tfjs-core';

const guarded = Symbol.for('aigc.guarded-custom-gradients');

/** Whatever a custom gradient saves besides its inputs has lost its connection to them: where the gradient reads it, as
 *  that of `tf.logSoftmax` does, TensorFlow.js would leave that part out of the second derivative without a word. */
export function refuseLostSecondDerivatives(): void {
  const engine = tf.engine() as ReturnType<typeof tf.engine> & { [guarded]?: true };
  if (engine[guarded]) return;
  engine[guarded] = true;
  const customGrad = engine.customGrad.bind(engine);
  engine.customGrad = (f) =>
    customGrad((...given) => {
      const inputs = given.slice(0, -1) as tf.Tensor[];
      const save = given.at(-1) as unknown as tf.GradSaveFunc;
      let isLost: readonly boolean[] = [];
      const watchedSave: tf.GradSaveFunc = (tensors) => {
        isLost = tensors.map((tensor) => !inputs.includes(tensor));
        save(tensors);
      };
      const { value, gradFunc } = f(...inputs, watchedSave as unknown as tf.Tensor);
      return {
        value,
        gradFunc: (dy, saved) => {
          const start = engine.state.activeTape?.length ?? 0;
          const gradients = gradFunc(dy, saved);
          // While another gradient records this one, what it reads is on the tape.
          const read = engine.state.gradientDepth > 0 ? (engine.state.activeTape?.slice(start) ?? []) : [];
          const lost = new Set(saved.filter((_, i) => isLost[i]).map(({ id }) => id));
          if (read.some((node) => Object.values(node.inputs).some(({ id }) => lost.has(id)))) {
            throw new Error(
              'A gradient of its own (tf.customGrad) that reads what it saved, such as that of tf.logSoftmax, has no ' +
                'second derivative in TensorFlow.js: compose simple ops, as src/tensor/ops/log-softmax.ts does.',
            );
          }
          return gradients;
        },
      };
    });
}

// Second derivatives of `tf.customGrad`, whose gradients may read what they saved on the way forward.
import * as tf from '@tensorflow/tfjs-core';

const guarded = Symbol.for('aigc.guarded-custom-gradients');

/** Whatever a custom gradient saves besides its inputs has lost its connection to them: TensorFlow.js would leave its part
 *  out of the second derivative without a word. `tf.logSoftmax` and the fused ops are such. */
export function refuseLostSecondDerivatives(): void {
  const engine = tf.engine() as ReturnType<typeof tf.engine> & { [guarded]?: true };
  if (engine[guarded]) return;
  engine[guarded] = true;
  const customGrad = engine.customGrad.bind(engine);
  engine.customGrad = (f) =>
    customGrad((...given) => {
      const inputs = given.slice(0, -1) as tf.Tensor[];
      const save = given.at(-1) as unknown as tf.GradSaveFunc;
      let isLost = false;
      const watchedSave: tf.GradSaveFunc = (tensors) => {
        isLost ||= tensors.some((tensor) => !inputs.includes(tensor));
        save(tensors);
      };
      const { value, gradFunc } = f(...inputs, watchedSave as unknown as tf.Tensor);
      return {
        value,
        gradFunc: (dy, saved) => {
          // Another gradient records this one.
          if (isLost && engine.state.gradientDepth > 0) {
            throw new Error(
              'An op with a gradient of its own (tf.customGrad), such as tf.logSoftmax, has no second derivative in TensorFlow.js: ' +
                'compose it of simple ops, as src/tensor/ops/log-softmax.ts does.',
            );
          }
          return gradFunc(dy, saved);
        },
      };
    });
}

// The derivative of every kernel that our models use, registered with TensorFlow.js.
//
// tfjs-core keeps its own behind an ES module path that Node cannot load; the way round is the whole of
// @tensorflow/tfjs, 230 MB. These use fewer kernels, and are right at second order where its are not
// (tanh and sigmoid lose terms silently; leaky ReLU, maximum and clipping throw).

import { registerBatchNormGradient } from '../ops/batch-norm';
import { registerActivationGradients } from './activations';
import { registerArithmeticGradients } from './arithmetic';
import { refuseLostSecondDerivatives } from './custom';
import { registerLinearGradients } from './linear';
import { registerReductionGradients } from './reductions';
import { registerSeparableGradients } from './separable';
import { registerShapeGradients } from './shapes';

/** Every backend calls this when it starts; it replaces what another library registered. Calling it again is free of
 *  effects. */
export function registerGradients(): void {
  registerArithmeticGradients();
  registerActivationGradients();
  registerReductionGradients();
  registerShapeGradients();
  registerLinearGradients();
  registerSeparableGradients();
  registerBatchNormGradient();
  refuseLostSecondDerivatives();
}

// What TensorFlow.js fuses with a product or a convolution, by its name for it.

/** The kernel that does the same by itself; "linear" does nothing. */
export const fusedActivations: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

// The largest sizes that options take: far beyond what these images need, and still within a machine's memory.

export const maxLatentDim = 4096;
export const maxHiddenUnits = 16_384;
export const maxBatchSize = 65_536;
/** Of a model, with what its optimizers keep: 4 GiB. */
export const maxParameters = 2 ** 30;

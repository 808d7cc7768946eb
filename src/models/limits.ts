// The largest sizes that options take: far beyond what these images need, and still within a machine's memory.

export const maxLatentDim = 4096;
export const maxHiddenUnits = 16_384;
export const maxBatchSize = 65_536;

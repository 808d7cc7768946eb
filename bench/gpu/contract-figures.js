// How far the first losses of a backend are from another's.
const { largestDifference, tolerances } = require('../steps/report');

/** @returns of each family and mode of `ours`, how far it is from the reference, as a share of each loss, by step */
function compareFamilies(ours, reference) {
  return ours.map(({ family, mode, losses, failure }) => {
    const expected = reference.find((other) => other.family === family)?.losses;
    if (!losses || !expected)
      return { family, mode, agrees: false, failure: failure ?? 'no losses to compare' };
    const differences = largestDifference(expected, losses);
    return { family, mode, differences, agrees: differences.every((each, step) => each <= tolerances[step]) };
  });
}

module.exports = { compareFamilies };

// What is kept of a line that `aigc evaluate` wrote of a figure.

exports.figureOf = ({ mean, standardError, real, note, featureNetwork, weights }) => ({
  mean,
  standardError,
  real,
  note,
  featureNetwork,
  weights,
});

// The inverse of the normal distribution function.

const central = [
  [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ],
  [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
    -1.328068155288572e1, 1,
  ],
] as const;
const tail = [
  [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
] as const;
const tailStart = 0.02425;

/** Φ⁻¹(p), to a relative error of 1.15e-9: P. J. Acklam's rational approximation, 2003.
 *  @param p in (0, 1) */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < tailStart) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(tail[0], q) / polynomial(tail[1], q);
  }
  const q = p - 0.5;
  return (q * polynomial(central[0], q * q)) / polynomial(central[1], q * q);
}

/** Horner's scheme, the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

// Exponential functions as expressions, within some units in the last place of float32: four at a time, and the same bits
// on every machine. Polynomials after S. Moshier's Cephes library, expf.c and tanhf.c.

import {
  abs,
  add,
  constant,
  div,
  type Expression,
  ifPositive,
  max,
  min,
  mul,
  nearest,
  powerOfTwo,
  sub,
} from './expressions';

const one = constant(1);

/** c₀ + c₁x + c₂x² + … */
function polynomial(x: Expression, coefficients: readonly number[]): Expression {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expression>(
      (sum, coefficient) => add(mul(sum, x), constant(coefficient)),
      constant(coefficients.at(-1) as number),
    );
}

/** eˣ = 2ⁿ·eʳ with r = x − n·ln 2 in ±ln 2 / 2. 2ⁿ in two factors, each of which float32 has. */
export function exp(argument: Expression): Expression {
  const x = max(min(argument, constant(89)), constant(-104)); // beyond them it is infinite or 0
  const n = nearest(mul(x, constant(Math.LOG2E)));
  // ln 2 in two parts: n times the first is exact.
  const r = sub(sub(x, mul(n, constant(0.693359375))), mul(n, constant(-2.1219444005469057e-4)));
  const bent = polynomial(
    r,
    [5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4],
  );
  const ofRest = add(add(mul(mul(r, r), bent), r), one);
  const half = nearest(mul(n, constant(0.5)));
  return mul(mul(ofRest, powerOfTwo(half)), powerOfTwo(sub(n, half)));
}

/** 1 / (1 + e⁻ˣ) */
export function sigmoid(x: Expression): Expression {
  return div(one, add(one, exp(sub(constant(0), x))));
}

/** A polynomial near 0, where 1 − 2 / (e²ˣ + 1) loses digits. */
export function tanh(x: Expression): Expression {
  const square = mul(x, x);
  const bent = polynomial(
    square,
    [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
  );
  const near = add(x, mul(x, mul(square, bent)));
  const far = sub(one, div(constant(2), add(exp(add(x, x)), one)));
  return ifPositive(sub(constant(0.625), abs(x)), near, far);
}

/** log(1 + eˣ) = max(x, 0) + log(1 + t) with t = e^−|x|, and log(1 + t) = 2·artanh(t / (2 + t)), at most artanh ⅓. */
export function softplus(x: Expression): Expression {
  const t = exp(sub(constant(0), abs(x)));
  const s = div(t, add(constant(2), t));
  const series = polynomial(
    mul(s, s),
    [1, 3, 5, 7, 9, 11, 13, 15].map((k) => 2 / k),
  );
  return add(max(x, constant(0)), mul(s, series));
}

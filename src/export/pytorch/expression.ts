// Expressions of Python, and where they need brackets.

/** Text of Python in which a value that has a variable stands as a mark, for the variable to be named later. */
export interface Expression {
  readonly text: string;
  /** What its outermost operator binds like. */
  readonly binds: Binding;
}

/** From the loosest to the tightest: comparisons, sums, products, signs, calls and names. */
const bindings = ['compare', 'sum', 'product', 'sign', 'call'] as const;
export type Binding = (typeof bindings)[number];

export const whole = (text: string): Expression => ({ text, binds: 'call' });

/** In brackets where it binds less than what stands around it. @param also whether in brackets where it binds the same */
export function within({ text, binds }: Expression, around: Binding, also = false): string {
  const [inner, outer] = [bindings.indexOf(binds), bindings.indexOf(around)];
  return inner < outer || (also && inner === outer && around !== 'call') ? `(${text})` : text;
}

/** As the object of a method, or before an index. */
export const tight = (expression: Expression): string => within(expression, 'call');

/** a + b */
export function binary(a: Expression, sign: string, b: Expression): Expression {
  const binds = bindingOf(sign);
  if (sign === '+' && /^-[\d.e-]+$/.test(b.text)) return binary(a, '-', whole(b.text.slice(1)));
  return { text: `${within(a, binds, binds === 'compare')} ${sign} ${within(b, binds, true)}`, binds };
}

function bindingOf(sign: string): Binding {
  if (sign === '+' || sign === '-') return 'sum';
  return ['*', '/', '@'].includes(sign) ? 'product' : 'compare';
}

export function call(name: string, ...values: readonly (Expression | string)[]): Expression {
  return whole(
    `${name}(${values.map((value) => (typeof value === 'string' ? value : value.text)).join(', ')})`,
  );
}

export function method(object: Expression, name: string, ...values: readonly string[]): Expression {
  return whole(`${tight(object)}.${name}(${values.join(', ')})`);
}

/** A float32 in as few digits as tell it from others; infinities as Python has them. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return `float('${String(value).toLowerCase().replace('infinity', 'inf')}')`;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return shortest(short);
  }
  return shortest(Number(value.toPrecision(9)));
}

function shortest(value: number): string {
  const [plain, exponential] = [String(value), value.toExponential()];
  return exponential.length < plain.length ? exponential.replace('+', '') : plain;
}

export const tuple = (values: readonly number[]) => `(${values.join(', ')}${values.length === 1 ? ',' : ''})`;

/** 2 for (2, 2). */
export const sides = ([height, width]: readonly [number, number]) =>
  height === width ? String(height) : `(${height}, ${width})`;

/** A text of Python. */
export const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

// Where an axis has its ticks, and how they read.
import { minus } from '../words';

/** About `count` round numbers from `low` to `high`: multiples of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The nearest of 1, 2, 5, 10, … by ratio. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const mantissa = rough / power;
  return (
    power * (mantissa < Math.SQRT2 ? 1 : mantissa < Math.sqrt(10) ? 2 : mantissa < Math.sqrt(50) ? 5 : 10)
  );
}

/** Powers of ten from `low` to `high`, with 2 and 5 between them when there are few. Both ends are above 0. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) ticks.push(Number(`${factor}e${power}`));
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** `0`, `0.25`, `−105`, `20k`, `1.5M`, `1e-4`: short, and told apart from its neighbours `step` away. */
export function tickLabel(value: number, step = Math.abs(value)): string {
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-3 || size >= 1e9))
    return minus(String(Number(value.toPrecision(3)).toExponential()));
  const [unit, suffix] = size >= 1e6 && step >= 1e5 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k'] : [1, ''];
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step / unit) + 1e-9)));
  const text = (value / unit).toFixed(digits);
  return minus((text.includes('.') ? text.replace(/\.?0+$/, '') : text) + (value === 0 ? '' : suffix));
}

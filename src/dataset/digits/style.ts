// How one way to write a digit is described.
import { parseStroke, type Stroke } from './path';

/** One way to write a digit. */
export interface Style {
  /** How often the digit is written this way, against its other styles. */
  readonly weight: number;
  /** The far ends of the style, such as narrow and wide: the same strokes and points; writers fall in between. */
  readonly extremes: readonly (readonly Stroke[])[];
}

/**
 * Describes a style in a box of 100 × 100, y down.
 * @param extremes strokes as `parseStroke` reads them, " / " between strokes
 * @example style(2, '66,2 12,64! 92,62 / 66,2 64,100') // a closed 4 in two strokes
 */
export function style(weight: number, ...extremes: readonly string[]): Style {
  const parsed = extremes.map((strokes) => strokes.split(' / ').map(parseStroke));
  const plan = outline(parsed[0]);
  const odd = parsed.findIndex((strokes) => outline(strokes) !== plan);
  if (odd > 0) throw new Error(`Extreme "${extremes[odd]}" has ${outline(parsed[odd])}, expected ${plan}`);
  return { weight, extremes: parsed };
}

/** What the extremes of a style share: "8 points, corners at 2 / 3 points". */
function outline(strokes: readonly Stroke[] | undefined): string {
  const plans = (strokes ?? []).map((stroke) => {
    const corners = stroke.flatMap(({ corner }, i) => (corner ? [i] : []));
    return `${stroke.length} points${corners.length > 0 ? `, corners at ${corners.join(' ')}` : ''}`;
  });
  return plans.join(' / ');
}

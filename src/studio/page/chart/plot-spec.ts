// What is on a chart.
import type { LineStyle } from './colours';

export interface PlotLine {
  readonly label: string;
  /** Rising. */
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** The least and the largest value of each point's stretch. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
  readonly style: LineStyle;
  /** Whether each point is shown. */
  readonly points?: boolean;
}

export interface PlotSpec {
  readonly title: string;
  readonly unit: string;
  /** What x counts: "step". */
  readonly axis: string;
  readonly lines: readonly PlotLine[];
}

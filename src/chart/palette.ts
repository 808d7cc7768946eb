// Colours and dashes that tell series apart, also for the colour-blind and in grey print.

/** Okabe & Ito 2008, jfly.uni-koeln.de/color, without black and with a darker yellow than theirs, which fades on white. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9'] as const;
const dashes = [undefined, '7 4', '2 3', '9 3 2 3'] as const;

export interface Style {
  readonly colour: string;
  /** SVG's stroke-dasharray; undefined for a solid line. */
  readonly dash: string | undefined;
}

/** The style of the i-th series, from 0: six colours, and other dashes each time they come again. */
export function styleOf(index: number): Style {
  return {
    colour: colours[index % colours.length] as string,
    dash: dashes[Math.floor(index / colours.length) % dashes.length],
  };
}

export const ink = {
  strong: '#1f2328',
  weak: '#59636e',
  grid: '#e4e7ea',
  axis: '#9aa4ae',
  rest: '#b4bcc4',
} as const;

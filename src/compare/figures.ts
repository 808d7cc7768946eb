// How figures read that runs logged: their labels and units, from the registry of metrics where it knows them.
import { figureCalled } from '../metrics';
import type { FigureSpec } from '../metrics/metric';

/** Losses that no metric measures, in nats. */
const bounds: readonly FigureSpec[] = [{ name: 'bound', label: 'bound', unit: 'nats' }];

/** Names that nobody declares stay what they are, as words: gradientNorm → gradient norm. */
export function figureSpec(name: string): FigureSpec {
  const declared = figureCalled(name) ?? bounds.find((spec) => spec.name === name);
  return declared ?? { name, label: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) };
}

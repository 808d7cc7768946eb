// What a PyTorch module holds: its layers and parameters by attribute, and the arrays of its state_dict.
import type { StoredTensor } from '../../run/safetensors';
import { type HostValue, keyOf } from '../graph/graph';
import { type Arrangement, arranged } from '../graph/transpose';

export interface ModuleParameters {
  /** Lines of __init__. */
  readonly lines: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /**
   * A layer whose kernel is a variable called NAME.kernel.
   * @param make the call that makes it
   * @param arrays its own names of its arrays: what they hold
   * @returns "self.name"
   */
  layer(
    kernel: HostValue,
    make: string,
    arrays: Readonly<Record<string, readonly [HostValue, Arrangement?]>>,
  ): string;
  /** A parameter by itself. @returns "self.name" */
  parameter(value: HostValue, how?: Arrangement): string;
}

/** @param names of all weights: what they all begin with is left out */
export function createParameters(names: readonly string[]): ModuleParameters {
  const prefix = commonPrefix(names);
  const lines: string[] = [];
  const tensors = new Map<string, StoredTensor>();
  const attributes = new Map<string, string>();
  const attributeFor = (key: string, name: string, define: (attribute: string) => void) => {
    const found = attributes.get(key);
    if (found) return `self.${found}`;
    const taken = new Set(attributes.values());
    let attribute = name;
    for (let i = 2; taken.has(attribute) || moduleOwn.has(attribute); i++) attribute = `${name}_${i}`;
    attributes.set(key, attribute);
    define(attribute);
    return `self.${attribute}`;
  };
  const store = (key: string, value: HostValue, how: Arrangement = {}) => {
    const { shape, values } = arranged(value, how);
    tensors.set(key, { shape, values: Float32Array.from(values) });
    return shape;
  };
  return {
    lines,
    tensors,
    layer: (kernel, make, arrays) => {
      const name = kernel.kind === 'weight' ? kernel.name.replace(/\.\w+$/, '') : 'layer';
      return attributeFor(`${keyOf(kernel)} ${make}`, nameOf(name, prefix), (attribute) => {
        lines.push(`self.${attribute} = ${make}`);
        for (const [own, [weight, how]] of Object.entries(arrays)) store(`${attribute}.${own}`, weight, how);
      });
    },
    parameter: (value, how = {}) => {
      const name = value.kind === 'weight' ? nameOf(value.name, prefix) : 'constant';
      return attributeFor(`${keyOf(value)} ${JSON.stringify(how)}`, name, (attribute) => {
        const shape = store(attribute, value, how);
        lines.push(`self.${attribute} = nn.Parameter(torch.empty(${shape.join(', ')}))`);
      });
    },
  };
}

/** What nn.Module has already, of what a layer may be called. */
const moduleOwn = new Set([
  'train',
  'eval',
  'type',
  'float',
  'half',
  'double',
  'apply',
  'forward',
  'draw',
  'encode',
]);

/** "decoder.prior.log-variance" as Python names it. */
function nameOf(name: string, prefix: string): string {
  const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const identifier = own.replaceAll(/\W+/g, '_');
  return /^[a-z]/i.test(identifier) ? identifier : `layer_${identifier}`;
}

/** Whole words, with their dots: "ema.generator." */
function commonPrefix(names: readonly string[]): string {
  const [words = [], ...others] = names.map((name) => name.split('.').slice(0, -2));
  const differs = words.findIndex((word, i) => others.some((other) => other[i] !== word));
  return (differs < 0 ? words : words.slice(0, differs)).map((word) => `${word}.`).join('');
}

// Which of a model's variables some work reads: found by watching, so that nobody has to say it for each family.
import type { DataId } from '@tensorflow/tfjs-core';
import type { Model } from '../models/family';

/** Runs `work`. @returns the names of the variables that it read, in the model's order */
export async function variablesRead(
  { variables }: Pick<Model, 'variables'>,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const read = new Set<string>();
  const held = [...variables].map(([name, variable]) => {
    const { dataId } = variable;
    let now: DataId = dataId;
    // Every kernel finds a tensor's values by its dataId.
    Object.defineProperty(variable, 'dataId', {
      configurable: true,
      enumerable: true,
      get: () => {
        read.add(name);
        return now;
      },
      set: (changed: DataId) => {
        now = changed;
      },
    });
    return { variable, value: () => now };
  });
  try {
    await work();
  } finally {
    for (const { variable, value } of held) {
      Object.defineProperty(variable, 'dataId', {
        configurable: true,
        enumerable: true,
        writable: true,
        value: value(),
      });
    }
  }
  return [...variables.keys()].filter((name) => read.has(name));
}

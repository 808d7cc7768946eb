// Names for the numbers that describe a job.

export interface Layout<Name extends string> {
  encode(values: Readonly<Record<Name, number>>): number[];
  decode(numbers: Float64Array): Record<Name, number>;
}

export function layout<Name extends string>(...names: readonly Name[]): Layout<Name> {
  return {
    encode: (values) => names.map((name) => values[name]),
    decode(numbers) {
      const values = {} as Record<Name, number>;
      for (let i = 0; i < names.length; i++) values[names[i] as Name] = numbers[i] as number;
      return values;
    },
  };
}

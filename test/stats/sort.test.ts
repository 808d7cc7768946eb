import { normals, randomStream } from '../../src/rng';
import { sorterOf } from '../../src/stats/sort';

it('sorts as Float32Array does', () => {
  const values = normals(randomStream(1, 'sort'), 3000).map((value, i) => (i % 7 === 0 ? 0 : value));
  values.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, -1e-45, 3e38, -3e38, -0], 40);
  const sort = sorterOf(1000);
  for (const start of [0, 1000, 2000]) {
    const row = values.slice(start, start + 1000);
    const expected = row.slice().sort();
    sort(row);
    expect(row).toEqual(expected);
  }
});

import { normals, randomStream } from '../../src/rng';
import { forEachRow } from '../../src/stats/distance-tiles';
import { nearestOf, neighbourSquared } from '../../src/stats/neighbours';
import { exactSquaredDistance, featurePoints, meanRow, pixelPoints } from '../../src/stats/points';
import { native } from '../../src/tensor/native';
import { wasm } from '../../src/tensor/wasm';
import { withFeatures } from '../metrics/fixtures';

describe.each([wasm, native])('on $name', (backend) => {
  beforeAll(() => backend.start());

  it('measures features far from the origin within 1e-4 of float64', async () => {
    const far = (step: number, count: number) =>
      withFeatures(
        normals(randomStream(1, 'far', step), count * 100).map((value) => 100 + value),
        count,
      );
    const centre = meanRow(far(2, 5000).features, 5000);
    const [samples, test] = [featurePoints(far(1, 30), centre), featurePoints(far(2, 5000), centre)];
    let worst = 0;
    let mostOfUncertainty = 0;
    await forEachRow(samples, test, ({ query, squared, uncertainty }) => {
      for (const [j, value] of squared.entries()) {
        const exact = exactSquaredDistance(samples, query, test, j);
        mostOfUncertainty = Math.max(mostOfUncertainty, Math.abs(value - exact) / uncertainty);
        worst = Math.max(worst, Math.abs(Math.sqrt(value) - Math.sqrt(exact)));
      }
    });
    expect(worst).toBeLessThan(1e-4);
    expect(mostOfUncertainty).toBeLessThan(1);
  });

  it('measures pixels exactly', async () => {
    const stream = randomStream(1, 'pixels');
    const images = pixelPoints(
      Uint8Array.from({ length: 40 * 784 }, () => 255 * stream.integer(2)),
      40,
    );
    let worst = 0;
    let doubt = 0;
    await forEachRow(images, images, ({ query, squared, uncertainty }) => {
      doubt = Math.max(doubt, uncertainty);
      for (const [j, value] of squared.entries())
        worst = Math.max(worst, Math.abs(value - exactSquaredDistance(images, query, images, j)));
    });
    expect(doubt).toBe(0);
    expect(worst).toBeLessThan(1e-10);
    expect((await nearestOf(images, images)).squared).toEqual(new Float64Array(40));
  });

  it('tells apart neighbours that float32 products cannot', async () => {
    // A tight cluster at 1000 beside a point at −1000: its distances are below the error of |x|² + |y|² − 2xy.
    const values = Float32Array.from([-1000, 1000, 1000.0625, 1000.1875, 1000.4375]);
    const test = featurePoints(withFeatures(values, 5), meanRow(values, 5));
    expect([...(await neighbourSquared(test, 1))].slice(1)).toEqual(
      [0.0625, 0.0625, 0.125, 0.25].map((d) => d * d),
    );
    expect([...(await neighbourSquared(test, 9))].slice(0, 2)).toEqual([2000.4375, 2000].map((d) => d * d));
  });
});

// `aigc export --to web` in Firefox: the page opens from disk, draws what `aigc sample` draws, and answers its controls.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeNpy } from '../../src/images/npy';
import { describeInFirefox, type Firefox, startFirefox } from '../firefox';
import { trainSmall } from '../small-models';

describeInFirefox()('the page in Firefox', () => {
  let folder = '';
  let firefox: Firefox | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aigc-in-firefox-'));
    firefox = await startFirefox();
  }, 60_000);
  afterAll(async () => {
    await firefox?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('draws what `aigc sample` draws, is steered, and asks for nothing', async () => {
    const { open, evaluate, trouble } = firefox as Firefox;
    const until = async (expression: string) => {
      for (const end = Date.now() + 20_000; !(await evaluate(expression)); )
        if (Date.now() > end) throw new Error(`Not within 20 s: ${expression}`);
    };
    const run = await trainSmall(folder, { vae: ['--model', 'vae', '--steps', '8', '--hidden-units', '32'] });
    const words = ['--checkpoint', 'vae', '--out'];
    expect(await run('export', '--to', 'web', ...words, 'vae.html')).toMatchObject({ code: 0 });
    expect(await run('sample', ...words, 'vae.npy')).toMatchObject({ code: 0 });
    await open(pathToFileURL(join(folder, 'vae.html')).href);
    await until('document.querySelector("#draw .grid button[aria-label]") !== null');
    const pixelsOf = (canvases: string) =>
      evaluate(`[...document.querySelectorAll('${canvases}')].flatMap((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return [...data].filter((_, i) => i % 4 === 0);
      })`) as Promise<number[]>;
    const pixels = await pixelsOf('#draw .grid canvas');
    const { values } = decodeNpy(readFileSync(join(folder, 'vae.npy')), 'samples');
    expect(pixels).toHaveLength(values.length);
    const differences = pixels.map((value, i) => Math.abs(value - (values[i] as number)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    const before = JSON.stringify(await pixelsOf('#steer canvas'));
    await evaluate(`(() => {
      const slider = document.querySelector('#steer input[type=range]');
      slider.value = slider.max;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    })() ?? null`);
    for (let now = before; now === before; ) now = JSON.stringify(await pixelsOf('#steer canvas'));
    expect(trouble).toEqual([]);
  });
});

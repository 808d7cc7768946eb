// `aigc export --to web`: the page in a real browser, opened from disk, for every kind of family.
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { source as axe } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { decodeNpy } from '../../src/images/npy';
import { readPicture } from '../../src/images/picture';
import { describeInBrowser, startBrowser, until, visit } from '../browser';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

/** The name of a folder of data, and of a figure. */
const hostileName = '<img src=x onerror=alert(1)>';
const hostileFigure = '</script><script>alert(2)</script>';

/** Few steps of small models: each kind of network, with and without classes, with and without an encoder. */
const models: Readonly<Record<string, readonly string[]>> = {
  gan: ['--model', 'gan', '--steps', '4'],
  cgan: ['--model', 'cgan', '--steps', '4'],
  dcgan: ['--model', 'dcgan', '--steps', '4', '--ema', '0.9'],
  vae: ['--model', 'vae', '--epochs', '2', '--hidden-units', '32'],
  cvae: ['--model', 'cvae', '--epochs', '2', '--learning-rate', '0.01'],
  'vq-vae': ['--model', 'vq-vae', '--steps', '20', '--prior-layers', '1'],
  fsq: ['--model', 'vq-vae', '--quantiser', 'fsq', '--steps', '20', '--prior-layers', '1'],
};

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-web-'));
  run = await trainSmall(folder, models);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const exportPage = (name: string, ...words: string[]) =>
  run('export', '--to', 'web', '--checkpoint', name, '--out', `${name}.html`, ...words);

/** The pixels of every image of the grid, first channel. */
const gridPixels = `[...document.querySelectorAll('#draw .grid canvas')].flatMap((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return [...data].filter((_, i) => i % 4 === 0);
})`;

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  return page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
  );
}

describeInBrowser()('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  it.each(Object.keys(models))(
    'of %s draws what `aigc sample` draws, is accessible, and asks for nothing',
    async (name) => {
      expect(await exportPage(name)).toMatchObject({ code: 0 });
      expect(await run('sample', '--checkpoint', name, '--out', `${name}.npy`)).toMatchObject({ code: 0 });
      const { values } = decodeNpy(readFileSync(at(`${name}.npy`)), 'samples');
      const colorScheme = name === 'vae' ? 'dark' : 'light';
      const { page, trouble } = await visit(browser, at(`${name}.html`), { colorScheme });
      const pixels = (await page.evaluate(gridPixels)) as number[];
      expect(pixels).toHaveLength(values.length);
      const differences = pixels.map((value, i) => Math.abs(value - (values[i] as number)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
      expect(await violations(page)).toEqual([]);
      expect(trouble).toEqual([]);
      await page.close();
    },
  );

  it('saves the picture of `aigc sample`, which says how it was made', async () => {
    expect(await exportPage('vae')).toMatchObject({ code: 0 });
    expect(await run('sample', '--checkpoint', 'vae', '--out', 'sampled.png')).toMatchObject({ code: 0 });
    const { page, trouble } = await visit(browser, at('vae.html'));
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save PNG' }).click();
    await (await saving).saveAs(at('saved.png'));
    const [saved, sampled] = [await readPicture(at('saved.png')), await readPicture(at('sampled.png'))];
    expect({ ...saved, pixels: 0 }).toEqual({ ...sampled, pixels: 0 });
    const differing = saved.pixels.filter((value, i) => Math.abs(value - (sampled.pixels[i] as number)) > 1);
    expect(differing).toHaveLength(0);
    expect(readFileSync(at('saved.png'), 'latin1')).toMatch(
      /trainedAlgorithmicMedia.*aigc sample --checkpoint/s,
    );
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('steers, mixes classes, flies, and takes what is drawn by hand', async () => {
    expect(await exportPage('cvae')).toMatchObject({ code: 0 });
    const { page, trouble } = await visit(browser, at('cvae.html'));
    const looks = (canvas: string) => `document.querySelector('${canvas}').toDataURL()`;
    /** Does something that changes a canvas. */
    const changes = async (canvas: string, act: () => Promise<unknown>) => {
      const before = await page.evaluate(looks(canvas));
      await act();
      await until(page, `${looks(canvas)} !== ${JSON.stringify(before)}`);
    };
    await changes('#draw .grid canvas', () => page.keyboard.press('n'));
    expect(await page.locator('#seed').inputValue()).toBe('2');
    await changes('#steer .stage', () => page.locator('#draw .grid button').nth(9).click());
    await changes('#steer .stage', () => page.locator('#steer .between input').first().fill('2'));
    await changes('#steer .stage', () => page.getByLabel('how much of it').fill('0.6'));
    await changes('#steer .stage', () => page.locator('.square').press('ArrowRight'));

    await page.locator('.map').scrollIntoViewIfNeeded();
    await until(page, 'document.querySelector("#fly").dataset.drawn === "all"');
    await changes('#fly .stage', () => page.locator('.map').press('ArrowLeft'));
    await changes('#fly .map', () => page.locator('.map').press('+'));

    const easel = page.locator('.easel canvas');
    await easel.scrollIntoViewIfNeeded();
    const { x = 0, y = 0 } = (await easel.boundingBox()) ?? {};
    await changes('#hand .outcome figure:last-child canvas', async () => {
      await page.mouse.move(x + 50, y + 50);
      await page.mouse.down();
      await page.mouse.move(x + 200, y + 220, { steps: 4 });
      await page.mouse.up();
    });
    expect(await page.locator('.said').textContent()).toMatch(/^It reads a \d\. Pixels differ by/);
    await changes('#hand .outcome figure:first-child canvas', () =>
      page.getByLabel('Hide').selectOption('right'),
    );
    await page.getByRole('button', { name: 'Clear' }).click();
    await until(page, 'document.querySelector(".said").textContent === "Nothing drawn yet."');
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('runs nothing of what names and figures of a run hold', async () => {
    cpSync(at('set'), at(hostileName), { recursive: true });
    const words = [
      '--model',
      'vae',
      '--hidden-units',
      '8',
      '--batch-size',
      '8',
      '--steps',
      '1',
      '--grid',
      '1x1',
    ];
    expect(await run('train', '--data', hostileName, ...words, '--out', 'hostile')).toMatchObject({
      code: 0,
    });
    const figure = {
      event: 'metric',
      figure: hostileFigure,
      mean: 1,
      step: 1,
      data: hostileName,
      testImages: 1,
    };
    appendFileSync(at('hostile', 'evaluations.jsonl'), `${JSON.stringify(figure)}\n`);
    expect(await exportPage('hostile')).toMatchObject({ code: 0 });
    const { page, trouble } = await visit(browser, at('hostile.html'));
    const text = await page.locator('body').innerText();
    expect(text).toContain(hostileName);
    expect(text).toContain(hostileFigure);
    expect(await page.locator('img:not(.film img)').count()).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
  });
});

it('says how the weights are held and what that changes, and goes on without the data', async () => {
  rmSync(at('set'), { recursive: true });
  const { code, stdout, stderr } = await exportPage('vae', '--precision', 'int8', '--json');
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /set, the data that this was trained on, is not there any more\. .*shows no test images/,
  );
  const event = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(event).toMatchObject({ event: 'export', to: 'web', out: 'vae.html', precision: 'int8' });
  expect(event.largestDifference).toBeGreaterThan(0);
  expect(event.largestDifference).toBeLessThan(20);
  expect(event.bytes).toBeLessThan(1_000_000); // the program, for the model is small
  expect(readFileSync(at('vae.html'), 'utf8')).toMatch(/"precision":\{"name":"int8",/);
});

it('refuses a name that browsers would not open, before the model is opened', async () => {
  expectPlainError(
    await run('export', '--checkpoint', 'none', '--out', 'play.png'),
    2,
    /ends in \.html or \.htm/,
  );
  expectPlainError(await run('export', '--checkpoint', 'none'), 3, /none/);
});

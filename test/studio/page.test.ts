// The page of `aigc studio` in a real browser, over runs that really train.
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { source as axe } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, hearTrouble, startBrowser, until } from '../browser';
import { startProgram } from '../cli';
import { trainSmall } from '../small-models';
import { type OpenedStudio, openStudio } from './open-studio';

const hostileName = '<img src=x onerror=alert(1)>';
/** `AIGC_LOG_LINES=1000000 npx jest test/studio/page` tries a log of a million. */
const logLines = Number(process.env.AIGC_LOG_LINES ?? 20_000);
const copies = 200;
const small = ['--model', 'vae', '--hidden-units', '8', '--epochs', '3'];

describeInBrowser()('the page of a studio', () => {
  let folder = '';
  let studio: OpenedStudio;
  let browser: Browser;
  let page: Page;
  let trouble: string[] = [];
  const at = (...names: string[]) => join(folder, ...names);

  beforeAll(async () => {
    process.env.AIGC_BACKEND = 'wasm'; // Of the runs that the studio starts.
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'aigc-studio-')));
    await trainSmall(folder, {
      wide: small,
      narrow: [...small, '--latent-dim', '3'],
      [hostileName]: ['--model', 'vae', '--hidden-units', '8', '--steps', '1'],
    });
    for (let i = 1; i <= copies; i++) copyRun(`many/${i}`);
    writeLongLog();
    studio = await openStudio(folder);
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    trouble = hearTrouble(page, (url) => url.startsWith(`http://127.0.0.1:${studio.port}/`));
    page.on('response', (response) => {
      if (!response.ok()) trouble.push(`${response.status()}: ${response.url()}`);
    });
    await page.goto(studio.url);
    await until(page, `document.querySelectorAll('.runs tbody tr').length === ${copies + 4}`);
  });
  afterAll(async () => {
    delete process.env.AIGC_BACKEND;
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => expect([...trouble.splice(0), ...studio.bugs.splice(0).map(String)]).toEqual([]));

  /** A run that is no copy of files but for its name. */
  function copyRun(name: string): void {
    mkdirSync(at(name, 'samples'), { recursive: true });
    cpSync(at('wide', 'run.json'), at(name, 'run.json'));
    cpSync(at('wide', 'metrics.jsonl'), at(name, 'metrics.jsonl'));
    linkSync(at('wide', 'samples', 'epoch-0003.png'), at(name, 'samples', 'epoch-0003.png'));
  }

  function writeLongLog(): void {
    copyRun('long');
    const line = (step: number) =>
      `{"event":"step","step":${step},"epoch":1,"losses":{"elbo":${-500 + 300 * (1 - 1 / step)}},"imagesPerSecond":9000}\n`;
    const parts: string[] = [];
    for (let step = 1; step <= logLines; step++) parts.push(line(step));
    writeFileSync(at('long', 'metrics.jsonl'), parts.join(''));
  }

  const open = (view: string) => page.evaluate(`location.hash = ${JSON.stringify(view)}`);
  const text = (selector: string) => page.locator(selector).first().textContent();

  async function expectAccessible(colorScheme: 'light' | 'dark'): Promise<void> {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    expect(
      await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
      ),
    ).toEqual([]);
  }

  /** Presses Tab until what is in focus has this name. */
  async function tabTo(name: string): Promise<void> {
    const focused = `(() => {
      const { activeElement: { labels, textContent } } = document;
      return labels?.length ? labels[0].textContent : textContent;
    })()`;
    for (let presses = 0; presses < 150; presses++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(focused)) === name) return;
    }
    throw new Error(`Tab does not lead to ${name}.`);
  }

  it('lists, filters and sorts runs, and shows what a name holds as text', async () => {
    expect(await text('.count')).toBe(`${copies + 4} runs`);
    await page.keyboard.press('/');
    await page.keyboard.type('onerror');
    await until(page, 'document.querySelectorAll(".runs tbody tr").length === 1');
    expect(await text('.runs .name a')).toBe(hostileName);
    await page.getByLabel('Filter runs').fill('many/ wasm');
    await until(page, `document.querySelectorAll(".runs tbody tr").length === ${copies}`);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await until(page, 'document.querySelector(".runs .name a").textContent === "many/1"');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await until(page, `document.querySelector(".runs .name a").textContent === "many/${copies}"`);
    await until(page, 'document.querySelector(".runs svg.spark path")?.getAttribute("d")?.length > 20');
    await page.getByLabel('Filter runs').fill('');
    await expectAccessible('light');
  });

  it('starts a run by the keyboard alone, shows it live, stops it, and resumes it', async () => {
    await page.getByLabel('Filter runs').focus();
    await open('#/start');
    await until(page, 'document.querySelector(".preview code") !== null');
    await tabTo('family');
    await page.keyboard.type('vae');
    await tabTo('data');
    await page.keyboard.type(at('set'));
    await tabTo('epochs');
    await page.keyboard.type('none');
    await until(page, 'document.querySelector(".wrong:not(.gone)") !== null');
    expect(await text('.wrong:not(.gone)')).toBe('--epochs must be a whole number of at least 1.');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('100000');
    await tabTo('folder');
    await page.keyboard.type('mine');
    await tabTo('batch size');
    await page.keyboard.type('8');
    await until(page, 'document.querySelector(".preview code").textContent.includes("--batch-size=8")');
    expect(await text('[data-option=decaySteps] .idle')).toBe('Does nothing: --schedule is constant.');
    await expectAccessible('dark');
    await tabTo('Start');
    await page.keyboard.press('Enter');
    await until(
      page,
      'document.querySelectorAll(".chart").length > 2 && document.querySelector(".film img")',
    );
    expect(await text('h1')).toBe('mine');
    expect(await text('.chip')).toBe('running');
    const standing = await text('.standing');
    await until(page, `document.querySelector('.standing').textContent !== ${JSON.stringify(standing)}`);
    await tabTo('Stop');
    await page.keyboard.press('Enter');
    await until(page, 'document.querySelector(".chip").textContent === "stopped"');

    const { step } = JSON.parse(readFileSync(at('mine', 'run.json'), 'utf8')) as { step: number };
    await until(page, 'document.querySelector(".head [data-key=resume]") !== null');
    await page.getByRole('button', { name: 'Resume' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('steps', { exact: true }).fill(String(step + 24));
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await until(page, 'document.querySelector(".chip").textContent === "finished"');
    expect(JSON.parse(readFileSync(at('mine', 'run.json'), 'utf8'))).toMatchObject({ step: step + 24 });
  });

  it('shows a run that another process begins, as it goes', async () => {
    await open('#/runs');
    const words = ['train', ...small, '--data', 'digits', '--epochs', '100000', '--out', 'other'];
    const { child, done } = startProgram(words, folder, { AIGC_BACKEND: 'wasm' });
    await page.getByRole('link', { name: 'other', exact: true }).click();
    await until(page, 'document.querySelectorAll(".chart").length > 0');
    const reading = await text('.readings');
    await until(page, `document.querySelector('.readings').textContent !== ${JSON.stringify(reading)}`);
    await page.getByRole('slider', { name: 'Epoch' }).focus();
    const { frames } = await page.evaluate<{ frames: string }>('({ frames: document.activeElement.max })');
    await until(page, `document.querySelector('.player input').max !== '${frames}'`);
    expect(await page.evaluate('document.activeElement.max')).not.toBe(frames); // Still the slider, and longer.
    child.kill('SIGINT');
    await done;
    await until(page, 'document.querySelector(".chip").textContent === "stopped"');
  });

  it('reads charts and the film of a run by the keyboard', async () => {
    await open('#/run?id=wide');
    await until(page, 'document.querySelector(".film img")?.src.includes("epoch-0003")');
    await page.getByRole('slider', { name: 'Epoch' }).focus();
    await page.keyboard.press('ArrowLeft');
    await until(page, 'document.querySelector(".film img").src.includes("epoch-0002")');
    await page.locator('.plot').first().focus();
    await page.keyboard.press('Home');
    await until(page, 'document.querySelector("#live").textContent.startsWith("step 10, ")');
    await page.getByRole('radio', { name: 'epochs' }).check();
    await page.locator('.plot').first().press('End');
    await until(page, 'document.querySelector("#live").textContent.startsWith("epoch 3, ")');
    await expectAccessible('dark');
  });

  it('lays runs over each other, and says what they differ in', async () => {
    await open('#/runs');
    await page.getByLabel('Filter runs').fill('vae');
    await page.getByLabel('Compare wide').check();
    await page.getByLabel('Compare narrow').check();
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await until(page, 'document.querySelectorAll(".chart .readings > span").length > 3');
    const row = page.getByRole('row', { name: 'latent dim' });
    expect(await row.innerText()).toBe('latent dim\t20\t3');
    await expectAccessible('light');
  });

  it(`opens a log of ${logLines.toLocaleString('en-US')} lines`, async () => {
    await open('#/run?id=long');
    await until(page, 'document.querySelectorAll(".chart").length > 0');
    await page.getByRole('radio', { name: 'steps' }).check();
    await page.locator('.plot').first().press('End');
    await until(
      page,
      `document.querySelector("#live").textContent.startsWith("step ${logLines.toLocaleString('en-US')}, ")`,
    );
  });

  it('plays a checkpoint on a page that can touch nothing of the studio', async () => {
    await open('#/run?id=wide');
    await page.getByRole('link', { name: 'Play', exact: true }).first().click();
    await until(page, 'document.querySelector("iframe") !== null');
    const frame = page.frameLocator('iframe');
    await frame.locator('#draw .grid button').first().waitFor();
    expect(await page.evaluate('document.querySelector("iframe").contentDocument')).toBeNull();
  });
});

// A real browser for tests of pages: Debian's chromium, headless. Where there is none, such tests are skipped, and say so.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** `describe`, or `describe.skip` where there is no browser. */
export function describeInBrowser(): jest.Describe {
  if (executable) return describe;
  console.warn('No chromium here (apt-get install chromium): what pages do in a browser is not tested.');
  return describe.skip;
}

export function startBrowser(): Promise<Browser> {
  // Pages are our own, and CI runs as root, for whom the sandbox does not start.
  return chromium.launch({ executablePath: executable as string, args: ['--no-sandbox'] });
}

export interface Visit {
  readonly page: Page;
  /** What the console said, what was thrown, and what was asked of a network or a disk, but for the page itself. */
  readonly trouble: string[];
}

/** @param mayAsk whether the page may ask for an address
 *  @returns what its console says from now on, what is thrown, and what else it asks for */
export function hearTrouble(page: Page, mayAsk: (url: string) => boolean): string[] {
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`thrown: ${error.message}`));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!mayAsk(url)) trouble.push(`request: ${url}`);
  });
  return trouble;
}

/** Opens an exported page from disk, and waits until its rooms are open. */
export async function visit(
  browser: Browser,
  file: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const address = pathToFileURL(file).href;
  const trouble = hearTrouble(page, (url) => url.startsWith('data:') || url === address);
  await page.goto(address);
  await until(page, 'document.querySelector("#draw .grid button[aria-label]") !== null');
  return { page, trouble };
}

/** Waits until an expression is true in the page, whose policy refuses what playwright's own waiting does. */
export async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > end) throw new Error(`Not within 20 s: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

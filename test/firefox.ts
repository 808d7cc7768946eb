// Debian's Firefox for tests of pages, driven by WebDriver BiDi, which it speaks by itself (w3c.github.io/webdriver-bidi):
// playwright wants a Firefox of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'undici';

const executable = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);

/** `describe`, or `describe.skip` where there is no Firefox. */
export function describeInFirefox(): jest.Describe {
  if (executable) return describe;
  console.warn('No Firefox here (apt-get install firefox-esr): what pages do in it is not tested.');
  return describe.skip;
}

type Fields = Readonly<Record<string, unknown>>;

export interface Firefox {
  /** What the console said, what was thrown, and what was asked of a network or a disk, but for the page itself. */
  readonly trouble: string[];
  open(address: string): Promise<void>;
  /** The value of an expression in the page, as JSON has it. */
  evaluate(expression: string): Promise<unknown>;
  /** PNG */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

export async function startFirefox(): Promise<Firefox> {
  const profile = mkdtempSync(join(tmpdir(), 'aigc-firefox-'));
  const words = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(executable as string, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => {
      const found = /WebDriver BiDi listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    lines.once('close', () => reject(new Error('Firefox has ended before it listened')));
  });
  const trouble: string[] = [];
  let opened = '';
  const send = await connect(`ws://127.0.0.1:${port}/session`, (method, { type, text, request }) => {
    if (method === 'log.entryAdded') trouble.push(`${type}: ${text}`);
    const { url = opened } = (request ?? {}) as { url?: string };
    if (!url.startsWith('data:') && url !== opened) trouble.push(`request: ${url}`);
  });
  await send('session.new', { capabilities: {} });
  await send('session.subscribe', { events: ['log.entryAdded', 'network.beforeRequestSent'] });
  const { contexts } = (await send('browsingContext.getTree', {})) as { contexts: [{ context: string }] };
  const [{ context }] = contexts;
  const evaluate = async (expression: string) => {
    const found = await send('script.evaluate', {
      ...{ expression: `JSON.stringify(${expression})`, target: { context }, awaitPromise: true },
    });
    const { result, exceptionDetails } = found as Record<string, { value?: string; text?: string }>;
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return JSON.parse(result?.value as string);
  };
  return {
    trouble,
    evaluate,
    open: async (address) => {
      opened = address;
      await send('browsingContext.navigate', { context, url: address, wait: 'complete' });
    },
    screenshot: async () =>
      Buffer.from((await send('browsingContext.captureScreenshot', { context })).data as string, 'base64'),
    close: async () => {
      await send('browser.close', {}).catch(() => child.kill());
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** @returns what sends a command, and gives its result */
async function connect(address: string, onEvent: (method: string, params: Fields) => void) {
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`no connection to ${address}`));
  });
  const waiting = new Map<number, { resolve(result: Fields): void; reject(error: Error): void }>();
  let count = 0;
  socket.onmessage = ({ data }) => {
    const { id, type, method, params, result, error, message } = JSON.parse(String(data));
    if (type === 'event') return onEvent(method, params);
    const command = waiting.get(id);
    waiting.delete(id);
    if (type === 'success') command?.resolve(result);
    else command?.reject(new Error(`${error}: ${message}`));
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox has ended'));
  };
  return (method: string, params: Fields): Promise<Fields> =>
    new Promise((resolve, reject) => {
      waiting.set(++count, { resolve, reject });
      socket.send(JSON.stringify({ id: count, method, params }));
    });
}

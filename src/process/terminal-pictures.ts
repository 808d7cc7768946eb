// Which pictures the terminal can show: it is asked, and answers or does not.
import type { ReadStream } from 'node:tty';
import type { PictureWay } from '../images/terminal-picture';

/** A terminal that answers does so within a few ms; over a slow line, within this. */
const patienceMs = 400;

/** Kitty's query for a picture of one pixel, and what every terminal answers, so that the end is known: its attributes,
 *  among which 4 stands for sixels. invisible-island.net/xterm/ctlseqs, "Primary DA". */
const question = '\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c';
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals answer with.
const attributes = /\x1b\[\?([\d;]+)c/;

interface Asked {
  readonly input: ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the terminal hears us: a process in the background that asks is stopped. */
  readonly inForeground: boolean;
}

/** @returns undefined where pictures are not wanted: NO_COLOR, no-color.org, or a terminal that knows no colours */
export async function pictureWayOf({
  input,
  output,
  environment,
  inForeground,
}: Asked): Promise<PictureWay | undefined> {
  if (environment.NO_COLOR || ['dumb', 'linux', undefined, ''].includes(environment.TERM)) return undefined;
  if (!inForeground || !input.isTTY) return 'blocks';
  const answer = await answerTo(question, input, output);
  if (answer.includes('\x1b_Gi=31;OK')) return 'kitty';
  const [, codes = ''] = attributes.exec(answer) ?? [];
  return codes.split(';').slice(1).includes('4') ? 'sixel' : 'blocks';
}

/** What comes back until the attributes are there, or patience is over. Ctrl-C is obeyed meanwhile. */
async function answerTo(words: string, input: ReadStream, output: NodeJS.WritableStream): Promise<string> {
  let answer = '';
  const wasRaw = input.isRaw;
  input.setRawMode(true);
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      input.on('data', (bytes) => {
        answer += bytes.toString('latin1');
        if (!answer.includes('\x03') && !attributes.test(answer)) return;
        clearTimeout(timer);
        resolve();
      });
      output.write(words);
    });
  } finally {
    input.removeAllListeners('data');
    input.setRawMode(wasRaw);
    input.pause();
    input.unref();
  }
  if (answer.includes('\x03')) process.kill(process.pid, 'SIGINT');
  return answer;
}

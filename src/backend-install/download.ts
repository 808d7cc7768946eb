// Downloads wheels through pip, which knows the user's package index, mirrors, proxies and credentials.
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from '../errors';
import { findProgram, requireSuccess, runProgram } from '../process/program';
import type { InstallContext } from './progress';
import { pythonTag } from './wheels';

const pollMilliseconds = 200;

/**
 * Downloads one wheel, without what it depends on.
 * @param requirement as pip takes it: `tensorflow-cpu==2.21.0`
 * @param platforms platform tags, any of which will do
 * @param folder an empty folder for the wheel and for pip's temporary files
 * @param total bytes of the wheel, for the progress bar, where that is known
 * @returns the wheel's path
 * @throws BackendError when there is no pip, or the index has no such wheel
 */
export async function downloadWheel(
  requirement: string,
  platforms: readonly string[],
  folder: string,
  total: number | undefined,
  { progress, signal }: InstallContext,
): Promise<string> {
  const python = await requirePip();
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const poll = setInterval(() => {
    void folderBytes(folder).then((done) => progress.bytes(done, total));
  }, pollMilliseconds);
  try {
    const outcome = await runProgram(python, downloadWords(requirement, platforms, folder), {
      env: { TMPDIR: temporary },
      signal,
    });
    requireSuccess(
      outcome,
      `Downloading ${requirement}`,
      'Check the network and pip (`pip config list`), or download the wheel elsewhere and give it with --wheel FILE.',
    );
  } finally {
    clearInterval(poll);
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new BackendError(`pip left no wheel for ${requirement}.`);
  return join(folder, wheel);
}

function downloadWords(requirement: string, platforms: readonly string[], folder: string): string[] {
  return [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--implementation', 'cp'],
    ...['--python-version', pythonTag.replace(/^cp(\d)/, '$1.'), '--abi', pythonTag],
    ...['--abi', 'abi3', '--abi', 'none'],
    ...platforms.flatMap((tag) => ['--platform', tag]),
    ...['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--dest', folder],
    requirement,
  ];
}

async function requirePip(): Promise<string> {
  const python = await findProgram([process.env.PYTHON, 'python3', 'python']);
  if (python === undefined) {
    throw new BackendError('Expected Python 3.9 or newer, to download with pip; found none.', {
      hint: 'Install it (Debian, Ubuntu: `apt install python3-pip`), or give a wheel from elsewhere with --wheel FILE.',
    });
  }
  if ((await runProgram(python, ['-m', 'pip', '--version']))?.exitCode !== 0) {
    throw new BackendError(`Expected pip, to download TensorFlow; ${python} has none.`, {
      hint: 'Install it (Debian, Ubuntu: `apt install python3-pip`), or give a wheel from elsewhere with --wheel FILE.',
    });
  }
  return python;
}

/** What has arrived so far, in pip's temporary folder or in its place. */
async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => (file.isFile() ? file.size : 0),
        () => 0,
      ),
    ),
  );
  return Math.max(0, ...sizes);
}

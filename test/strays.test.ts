import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const onLinux = process.platform === 'linux' ? it : it.skip;

/** A run of its own, so that those of this one are left alone. */
const script = `
const { spawn } = require('node:child_process');
const { mark, endStrays } = require(${JSON.stringify(join(__dirname, 'strays.js'))});
delete process.env.AIGC_TEST_RUN;
const stranger = spawn('sleep', ['41'], { stdio: 'ignore' });
mark();
const stray = spawn('sleep', ['42'], { stdio: 'ignore', detached: true });
spawn('sleep', ['0.3'], { stdio: 'ignore' });
endStrays().then((left) => {
  console.log(JSON.stringify({ left, strangerLives: stranger.kill(0) }));
  stranger.kill();
});
`;

onLinux(
  'a process that outlives its test is found in whatever group, and ended; one about to end is let go',
  () => {
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual({ left: ['sleep 42'], strangerLives: true });
  },
);

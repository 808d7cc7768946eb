// What a studio says to those who should not be there.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addresses } from '../../src/studio/api';
import { trainSmall } from '../small-models';
import { type OpenedStudio, openStudio } from './open-studio';

let folder = '';
let runs = '';
let studio: OpenedStudio;
const secret = 'what-nobody-may-see';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-test-'));
  runs = join(folder, 'runs');
  await trainSmall(folder, { model: ['--model', 'vae', '--steps', '2'] });
  cpSync(join(folder, 'model'), join(runs, 'a'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), secret);
  writeFileSync(join(runs, 'secret.txt'), secret);
  studio = await openStudio(runs);
}, 60_000);

afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => expect(studio.bugs).toEqual([]));

it.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/%252e%252e%252fsecret.txt',
  '/....//secret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/studio.js/../../secret.txt',
  '//127.0.0.1/../secret.txt',
  '/./secret.txt',
  '/secret.txt',
  '/secret.txt%00.png',
  '/play/../../secret.txt',
  '/play/%2e%2e',
])('%s leads nowhere', async (path) => {
  const said = await studio.raw(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${studio.token}\r\nConnection: close\r\n\r\n`,
  );
  expect(said).toMatch(/^HTTP\/1\.1 40[04] /);
  expect(said).not.toContain(secret);
});

it.each([
  '../secret.txt',
  '..%2F..%2Fsecret.txt',
  'epoch-0001.png/../../../secret.txt',
  '%2Fetc%2Fpasswd',
  'epoch-1.png%00',
])('no grid is called %s', async (file) => {
  expect(await studio.get(`/api/grid?run=a&file=${file}`)).toMatchObject({ status: 400 });
});

it.each(['..', '../runs/a', 'a/../a', '/', '', './a', 'a/', '%2e%2e', '__proto__', 'constructor'])(
  'no run is called %p',
  async (id) => {
    for (const path of [addresses.run, addresses.series])
      expect(await studio.get(`${path}?run=${id}`)).toMatchObject({ status: 404 });
    expect(await studio.post(addresses.stop, { run: id })).toMatchObject({ status: 404 });
  },
);

it('follows no link out of the folder', async () => {
  const run = join(runs, 'linked');
  cpSync(join(folder, 'model'), run, { recursive: true });
  const linked = (name: string, target: string) => {
    rmSync(join(run, name), { recursive: true, force: true });
    symlinkSync(target, join(run, name));
  };
  symlinkSync(join(folder, 'model'), join(runs, 'link'));
  const grid = join(run, 'samples', 'epoch-0009.png');
  symlinkSync(join(folder, 'secret.txt'), grid);
  linked('metrics.jsonl', join(folder, 'model', 'metrics.jsonl'));
  linked('checkpoints', join(folder, 'model', 'checkpoints'));
  const { json } = await studio.get(addresses.runs);
  expect(json.runs.map(({ id }: { id: string }) => id).sort()).toEqual(['a', 'linked']);
  const detail = (await studio.get(`${addresses.run}?run=linked`)).json;
  expect(detail).toMatchObject({ checkpoints: [], losses: [], can: { play: false } });
  expect(detail.grids.map(({ epoch }: { epoch: number }) => epoch)).not.toContain(9);
  expect((await studio.get(`${addresses.series}?run=linked`)).json).toMatchObject({ line: 0 });
  const picture = await studio.get('/api/grid?run=linked&file=epoch-0009.png');
  expect(picture).toMatchObject({ status: 404 });
  expect(picture.text).not.toContain(secret);

  linked('samples', join(folder, 'model', 'samples'));
  expect(await studio.get('/api/grid?run=linked&file=epoch-0001.png')).toMatchObject({ status: 404 });
  rmSync(run, { recursive: true });
  rmSync(join(runs, 'link'));
});

it('starts no run outside, and no code that a page names', async () => {
  const start = (body: object) => studio.post(addresses.check, { model: 'gan', options: {}, ...body });
  symlinkSync(folder, join(runs, 'way-out'));
  for (const name of [
    '../x',
    join(folder, 'x'),
    'a/../../x',
    '.hidden',
    '-rf',
    'x/.git',
    'C:\\x',
    'x\0',
    'x/checkpoints',
    'way-out/x',
    '',
  ])
    expect({ name, ...(await start({ name })) }).toMatchObject({ name, status: 400 });
  rmSync(join(runs, 'way-out'));
  for (const model of ['./evil.js', join(folder, 'evil.js'), 'nothing', '__proto__'])
    expect(await start({ model })).toMatchObject({ status: 400 });
  for (const name of ['out', 'force', 'resume', 'dryRun', 'model', 'config'])
    expect(
      await studio.send(
        'POST',
        addresses.check,
        { authorization: `Bearer ${studio.token}`, 'content-type': 'application/json' },
        `{"model":"gan","options":{"${name}":true}}`,
      ),
    ).toMatchObject({ status: 400 });
  const { json } = await start({ options: { data: '--out=y; rm -rf $HOME' }, name: 'x' });
  expect(json.command).toBe(
    `aigc train --model=gan '--data=--out=y; rm -rf $HOME' --out=${join(studio.room.root, 'x')}`,
  );
});

it('answers its own page alone', async () => {
  const asked = (headers: Record<string, string>) =>
    studio.send(
      'POST',
      addresses.session,
      { authorization: `Bearer ${studio.token}`, 'content-type': 'application/json', ...headers },
      '{}',
    );
  const own = `127.0.0.1:${studio.port}`;
  expect(await asked({ host: own, origin: `http://${own}`, 'sec-fetch-site': 'same-origin' })).toMatchObject({
    status: 200,
  });
  for (const host of [
    'evil.example',
    `127.0.0.1.evil.example:${studio.port}`,
    'localhost.evil',
    '0.0.0.0',
    '[::1]',
    `user@${own}`,
  ])
    expect({ host, ...(await asked({ host })) }).toMatchObject({ host, status: 403 });
  for (const origin of [
    'http://evil.example',
    'null',
    `https://${own}`,
    'http://127.0.0.1:1',
    'http://localhost',
  ])
    expect({ origin, ...(await asked({ host: own, origin })) }).toMatchObject({ origin, status: 403 });
  for (const site of ['cross-site', 'same-site'])
    expect(await asked({ host: own, 'sec-fetch-site': site })).toMatchObject({ status: 403 });
  const foreign = await studio.get(addresses.runs, {
    authorization: `Bearer ${studio.token}`,
    host: 'evil.example',
  });
  expect(foreign).toMatchObject({ status: 403 });
  expect((await studio.get('/', { host: 'evil.example' })).status).toBe(403);
});

it('wants the token: a cookie reads, and does nothing', async () => {
  const gets = Object.entries(addresses).filter(([name]) =>
    ['runs', 'run', 'series', 'search', 'families', 'grid', 'log', 'events'].includes(name),
  );
  const posts = Object.entries(addresses).filter((one) => !gets.includes(one));
  const wrong = {
    authorization: `Bearer ${studio.token.slice(0, -1)}${studio.token.endsWith('x') ? 'y' : 'x'}`,
  };
  for (const headers of [{}, wrong, { authorization: studio.token }, { cookie: 'aigc-studio-=1' }])
    for (const [, path] of gets) expect(await studio.get(path, headers)).toMatchObject({ status: 401 });

  const session = await studio.post(addresses.session, {});
  const [cookie = ''] = String(session.headers['set-cookie']).split(';');
  expect(String(session.headers['set-cookie'])).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(studio.token);
  expect(await studio.get(addresses.runs, { cookie })).toMatchObject({ status: 200 });
  expect(posts.length).toBeGreaterThan(8);
  for (const headers of [{}, wrong, { cookie }])
    for (const [, path] of posts)
      expect(await studio.post(path, { run: 'a' }, headers)).toMatchObject({ status: 401 });
});

it('takes no form, no other method, and nothing that is no JSON', async () => {
  const bearer = { authorization: `Bearer ${studio.token}` };
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
  ])
    expect(
      await studio.send('POST', addresses.stop, { ...bearer, 'content-type': type }, '{"run":"a"}'),
    ).toMatchObject({ status: 415 });
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    expect(await studio.send(method, addresses.runs, bearer)).toMatchObject({ status: 405 });
  for (const body of ['', '{', '[]', '"a"', 'null', '{"run":1}', '['.repeat(100_000)])
    expect(
      await studio.send('POST', addresses.stop, { ...bearer, 'content-type': 'application/json' }, body),
    ).toMatchObject({ status: 400 });
  expect(await studio.get(`/api/runs?${'x'.repeat(9000)}`)).toMatchObject({ status: 414 });
});

it('ends a body that does not end', async () => {
  const head = `POST /api/stop HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${studio.token}\r\nContent-Type: application/json\r\n`;
  expect(await studio.raw(`${head}Content-Length: 1000000000\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);

  const before = process.memoryUsage().rss;
  const piece = Buffer.from(`${(2 ** 16).toString(16)}\r\n${' '.repeat(2 ** 16)}\r\n`);
  const written = await new Promise<number>((resolve) => {
    const socket = connect(studio.port, '127.0.0.1', () =>
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`),
    );
    let bytes = 0;
    const more = () => {
      while (bytes < 2 ** 30 && !socket.destroyed) {
        bytes += piece.length;
        if (!socket.write(piece)) return void socket.once('drain', more);
      }
    };
    socket.on('connect', more);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(bytes));
  });
  expect(written).toBeLessThan(2 ** 26);
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  expect(await studio.get(addresses.runs)).toMatchObject({ status: 200 });
});

it('answers while a thousand connections say nothing, or say it slowly', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 1000; i++) {
    const socket = connect(studio.port, '127.0.0.1');
    socket.on('error', () => undefined);
    if (i % 2) socket.write('GET / HTTP/1.1\r\nHost: 127.0');
    sockets.push(socket);
  }
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
  );
  expect(await studio.get(addresses.runs)).toMatchObject({ status: 200 });
  for (const socket of sockets) socket.destroy();
});

it('lists runs whose files are damaged, endless or not what they are called, and says so of each', async () => {
  const made = (name: string, change: (run: string) => void) => {
    cpSync(join(folder, 'model'), join(runs, name), { recursive: true });
    change(join(runs, name));
  };
  made('broken', (run) => writeFileSync(join(run, 'run.json'), '{"formatVersion":1'));
  made('long-line', (run) => writeFileSync(join(run, 'metrics.jsonl'), 'x'.repeat(2 ** 21)));
  made('piped', (run) => {
    for (const name of ['metrics.jsonl', 'evaluations.jsonl']) {
      rmSync(join(run, name), { force: true });
      execFileSync('mkfifo', [join(run, name)]);
    }
    rmSync(join(run, 'samples'), { recursive: true });
    writeFileSync(join(run, 'samples'), 'no folder');
  });
  made('later', (run) => utimesSync(join(run, 'metrics.jsonl'), 2 ** 40, 2 ** 40));
  const { json } = await studio.get(addresses.runs);
  const states = json.runs.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`).sort();
  expect(states).toEqual([
    'a finished',
    'broken damaged',
    'later finished',
    'long-line finished',
    'piped finished',
  ]);
  const detail = async (run: string) => studio.get(`${addresses.run}?run=${run}`);
  expect(await detail('broken')).toMatchObject({
    status: 409,
    json: { error: { message: expect.stringContaining('is damaged') } },
  });
  expect((await detail('long-line')).json.warnings).toMatchObject([
    { kind: 'problem', message: expect.stringContaining('longer than') },
  ]);
  expect((await detail('piped')).json).toMatchObject({ grids: [], evaluations: [], losses: [] });
  for (const name of ['broken', 'long-line', 'piped', 'later']) rmSync(join(runs, name), { recursive: true });
});

it('sends names and figures full of HTML as data', async () => {
  const name = '<img src=x onerror=alert(1)>';
  const run = join(runs, name);
  cpSync(join(folder, 'model'), run, { recursive: true });
  const html = '</script><script>alert(1)</script>';
  writeFileSync(
    join(run, 'metrics.jsonl'),
    `${JSON.stringify({ event: 'step', step: 1, losses: { [html]: 1, constructor: 2 }, imagesPerSecond: 3 })}\n` +
      `${JSON.stringify({ event: 'rollback', step: 1, toStep: 0, learningRateScale: 0.5, reason: html })}\n` +
      '{"event":"step","step":2,"losses":{"__proto__":5},"imagesPerSecond":1e999}\n' +
      'no JSON\n',
  );
  mkdirSync(join(run, 'samples'), { recursive: true });
  const id = encodeURIComponent(name);
  const list = await studio.get(addresses.runs);
  const detail = await studio.get(`${addresses.run}?run=${id}`);
  const series = await studio.get(`${addresses.series}?run=${id}`);
  for (const { headers } of [list, detail, series])
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; style-src 'self'/,
      ),
    });
  expect(list.json.runs.find((row: { id: string }) => row.id === name).losses).toEqual([
    { name: html, label: html, value: 1 },
    { name: 'constructor', label: 'constructor', value: 2 },
  ]);
  expect(detail.json.warnings).toEqual([
    { kind: 'rollback', step: 1, message: `${html} It goes on from step 0.` },
  ]);
  expect(series.json).toMatchObject({
    damagedLines: 2,
    steps: { step: [1], losses: [{ name: html, values: [1], low: [1], high: [1] }, { name: 'constructor' }] },
  });
  rmSync(run, { recursive: true });
});

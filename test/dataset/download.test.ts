import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DownloadProgress, downloadFile } from '../../src/dataset/download';
import { DataError } from '../../src/errors';
import { cutAfter, type FileServer, type Route, redirect, serve, whole, wholeAlways } from '../file-server';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const content = Buffer.alloc(300_000, 'the quick brown fox ');
const bytesOf = ({ length }: Buffer) => ({ least: length, most: length });
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const checksum = { covers: 'content', sha256: sha256(content) } as const;

let server: FileServer;
afterEach(() => server.close());

async function download(routes: Readonly<Record<string, Route>>, names: readonly string[], limits = {}) {
  server = await serve(routes);
  const path = join(folder(), 'file');
  const progress: DownloadProgress[] = [];
  const urls = names.map((name) => server.url + name);
  const options = { ...limits, onProgress: (event: DownloadProgress) => progress.push(event) };
  const error = await downloadFile(urls, path, checksum, bytesOf(content), options).catch(
    (reason: unknown) => reason,
  );
  const got = existsSync(path) ? readFileSync(path) : undefined;
  return { path, error, got, progress, part: existsSync(`${path}.part`) };
}

it('downloads, reports progress up to the whole, and leaves no part behind', async () => {
  const { error, got, progress, part } = await download({ a: whole(content) }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
  expect(part).toBe(false);
  expect(progress.at(-1)).toEqual({ file: 'file', receivedBytes: 300_000, totalBytes: 300_000 });
});

it('checks what a gzipped file unfolds to, however it was zipped', async () => {
  const zipped = gzipSync(content, { level: 1 });
  const { error, got } = await download({ a: whole(zipped) }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(zipped);
});

it('goes on where the connection was cut', async () => {
  const cutOnce: Route = (request, response, visit) =>
    (visit === 1 ? cutAfter(content, 100_000) : whole(content))(request, response, visit);
  const { error, got } = await download({ a: cutOnce }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
  expect(server.requests).toEqual(['a', 'a bytes=100000-']);
});

it('goes on in a later call from the part that an earlier one left', async () => {
  writeFileSync(join(folder(), 'file.part'), content.subarray(0, 120_000));
  const { got, progress } = await download({ a: whole(content) }, ['a']);
  expect(got).toEqual(content);
  expect(server.requests).toEqual(['a bytes=120000-']);
  expect(progress[0]?.receivedBytes).toBeGreaterThan(120_000);
});

it('keeps the part when the server cuts every time, and says so', async () => {
  const { error, got, part } = await download({ a: cutAfter(content, 1000) }, ['a']);
  expect(error).toBeInstanceOf(DataError);
  expect((error as Error).message).toContain('the connection was cut');
  expect(got).toBeUndefined();
  expect(part).toBe(true);
  expect(server.requests.length).toBeLessThan(10);
});

it('begins anew with a server that does not know Range', async () => {
  writeFileSync(join(folder(), 'file.part'), content.subarray(0, 120_000));
  const { error, got } = await download({ a: wholeAlways(content) }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
});

it('uses a part that is whole already', async () => {
  writeFileSync(join(folder(), 'file.part'), content);
  const { error, got } = await download({ a: whole(content) }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
});

it('drops a part of another version and begins anew', async () => {
  writeFileSync(join(folder(), 'file.part'), Buffer.alloc(50_000, 'x'));
  const { error, got } = await download({ a: whole(content) }, ['a']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
  expect(server.requests).toEqual(['a bytes=50000-', 'a']);
});

it('takes the second mirror after a 404', async () => {
  const { error, got } = await download({ b: whole(content) }, ['a', 'b']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
});

it('takes the second mirror after a wrong checksum, without the wrong bytes', async () => {
  const wrong = Buffer.alloc(300_000, 'something else');
  const { error, got } = await download({ a: whole(wrong), b: whole(content) }, ['a', 'b']);
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
  expect(server.requests).toEqual(['a', 'b']);
});

it('lists what each mirror answered, and leaves nothing behind', async () => {
  const wrong = Buffer.from('not it');
  const broken: Route = (_, response) => response.writeHead(503).end();
  const damaged = Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.alloc(50)]);
  const result = await download({ b: whole(wrong), c: broken, d: whole(damaged) }, ['a', 'b', 'c', 'd']);
  expect(result.error).toBeInstanceOf(DataError);
  const { message, hint } = result.error as DataError;
  expect(message).toContain(`${server.url}a: 404 Not Found`);
  expect(message).toContain(
    `${server.url}b: wrong checksum: expected SHA-256 ${checksum.sha256}, got ${sha256(wrong)}`,
  );
  expect(message).toContain(`${server.url}c: 503 Service Unavailable`);
  expect(message).toContain('damaged gzip data');
  expect(message).not.toContain('\n');
  expect(hint).toContain('AIGC_MIRROR');
  expect(result.got).toBeUndefined();
  expect(result.part).toBe(false);
});

it('follows redirects, relative ones too', async () => {
  const { error, got } = await download(
    { a: redirect('/b/c'), 'b/c': redirect('d'), 'b/d': whole(content) },
    ['a'],
  );
  expect(error).toBeUndefined();
  expect(got).toEqual(content);
});

it('leaves a circle of redirects', async () => {
  const { error } = await download({ a: redirect('/b'), b: redirect('/a') }, ['a']);
  expect((error as Error).message).toContain('more than 5 redirects');
});

it('gives up on a server that does not answer', async () => {
  const { error } = await download({ a: () => undefined }, ['a'], { connectMs: 200 });
  expect((error as Error).message).toContain('no answer for 0.2 s');
});

it('gives up on a server that falls silent', async () => {
  const silent: Route = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 10));
  };
  const { error } = await download({ a: silent }, ['a'], { connectMs: 2000, idleMs: 150 });
  expect((error as Error).message).toContain('it fell silent for 0.15 s');
});

it('says in plain words that nobody listens', async () => {
  server = await serve({});
  const { url } = server;
  await server.close();
  const path = join(folder(), 'file');
  await expect(downloadFile([`${url}a`], path, checksum, bytesOf(content))).rejects.toThrow(
    /connection refused/,
  );
  await expect(downloadFile(['nonsense'], path, checksum, bytesOf(content))).rejects.toThrow(DataError);
  await expect(downloadFile([], path, checksum, bytesOf(content))).rejects.toThrow(/no place/);
});

it('does not try the next mirror when it is the disk that refuses', async () => {
  server = await serve({ a: whole(content), b: whole(content) });
  const path = join(folder(), 'missing', 'file');
  const attempt = downloadFile([`${server.url}a`, `${server.url}b`], path, checksum, bytesOf(content));
  await expect(attempt).rejects.toThrow(/its folder does not exist/);
  expect(server.requests).toEqual(['a']);
});

it('replaces a file that was there only once the new one is right', async () => {
  writeFileSync(join(folder(), 'file'), 'old');
  const { error, got } = await download({ a: whole(Buffer.from('wrong')) }, ['a']);
  expect(error).toBeInstanceOf(DataError);
  expect(got?.toString()).toBe('old');
});

it('gives up on a server that sends a byte now and then, and says so', async () => {
  const drip: Route = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  };
  const { error } = await download({ a: drip }, ['a'], { idleMs: 300 });
  expect((error as Error).message).toMatch(/it sent next to nothing for 0.3 s/);
});

it('takes no more of a server that does not end than the file can have, and leaves nothing of it', async () => {
  let sent = 0;
  const endless: Route = (_, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write(Buffer.alloc(65_536))) sent += 65_536;
      response.once('drain', more);
    };
    more();
  };
  const { error, part } = await download({ a: endless }, ['a']);
  expect((error as Error).message).toMatch(/it sends more than the file has/);
  expect(part).toBe(false);
  expect(sent).toBeLessThan(2 ** 25);
});

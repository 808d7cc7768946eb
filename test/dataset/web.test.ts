import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { requestPage } from '../../src/dataset/web';
import { type FileServer, serve, whole } from '../file-server';

const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const before = variables.map((name) => [name, process.env[name]] as const);

let server: FileServer;
let proxy: Server;
/** The hosts that the proxy was asked to connect to. */
const asked: string[] = [];

beforeAll(async () => {
  server = await serve({ a: whole(Buffer.from('content')) });
  proxy = createServer().on('connect', (request, client, head) => {
    asked.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('error', () => target.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  asked.length = 0;
  for (const name of variables) delete process.env[name];
});

afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await server.close();
  proxy.closeAllConnections();
  proxy.close();
});

const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const read = async () => {
  const signal = AbortSignal.timeout(5000);
  return (await requestPage(`${server.url}a`, { headers: { connection: 'close' }, signal })).text();
};

it('asks the server itself when no proxy is named', async () => {
  expect(await read()).toBe('content');
  expect(asked).toEqual([]);
});

it('goes through the proxy that the environment names', async () => {
  process.env.http_proxy = proxyUrl();
  expect(await read()).toBe('content');
  expect(asked).toEqual([new URL(server.url).host]);
});

it('goes past the proxy to hosts in NO_PROXY', async () => {
  process.env.http_proxy = proxyUrl();
  process.env.no_proxy = '127.0.0.1';
  expect(await read()).toBe('content');
  expect(asked).toEqual([]);
});

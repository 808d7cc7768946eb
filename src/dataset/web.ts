// Requests to the web, through the proxy that the environment names: Node's own fetch knows none before Node 24.

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

export interface WebRequest {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

/** Asks for a page without following redirects. NO_PROXY is honoured too. */
export async function requestPage(url: string, request: WebRequest): Promise<Response> {
  const proxied = proxyVariables.some((name) => process.env[name]);
  return proxied ? requestThroughProxy(url, request) : fetch(url, { ...request, redirect: 'manual' });
}

async function requestThroughProxy(url: string, request: WebRequest): Promise<Response> {
  const undici = await import('undici');
  const dispatcher = new undici.EnvHttpProxyAgent();
  const response = await undici.fetch(url, { ...request, redirect: 'manual', dispatcher });
  void dispatcher.close(); // Once the response has been read.
  // The same class as Node's, which carries undici inside, but another copy of it to the compiler.
  return response as unknown as Response;
}

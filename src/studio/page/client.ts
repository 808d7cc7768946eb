// The server as functions: each address of api.ts, with the token.
import type { Failure, Session } from '../api';
import { addresses } from '../api';

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Client {
  get<T>(address: string, query?: Query): Promise<T>;
  text(address: string, query?: Query): Promise<string>;
  post<T>(address: string, body: object): Promise<T>;
}

/** What the server says when it does not do as it was asked. */
export class Refusal extends Error {
  constructor(
    message: string,
    /** Of HTTP; 0 when nobody answers. */
    readonly status: number,
    readonly hint?: string,
    /** The option that it is about. */
    readonly option?: string,
  ) {
    super(message);
  }
}

const storageKey = 'aigc-studio-token';

/** The token of the address, which does not stay there, or that of before. */
export function takeToken(): string | undefined {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(storageKey, given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(storageKey) ?? undefined;
}

/** Opens a session, and what asks within it. @throws Refusal when the token is not the server's */
export async function openSession(
  token: string,
): Promise<{ readonly client: Client; readonly session: Session }> {
  const client = createClient(token);
  return { client, session: await client.post<Session>(addresses.session, {}) };
}

function createClient(token: string): Client {
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (address: string, query: Query, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(address + queryWords(query), { headers, ...init }).catch(() => {
      throw new Refusal('The studio does not answer.', 0, 'Is `aigc studio` still running?');
    });
    if (!answer.ok) throw await refusalOf(answer);
    return answer;
  };
  return {
    get: async (address, query = {}) => (await ask(address, query)).json(),
    text: async (address, query = {}) => (await ask(address, query)).text(),
    post: async (address, body) => {
      const init = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      return (await ask(address, {}, init)).json();
    },
  };
}

function queryWords(query: Query): string {
  const words = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return words.length > 0 ? `?${words.join('&')}` : '';
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const failure = (await answer.json().catch(() => undefined)) as Failure | undefined;
  const { message = `The studio answers ${answer.status}.`, hint, option } = failure?.error ?? {};
  return new Refusal(message, answer.status, hint, option);
}

// Who may read and who may act: by the address that was asked for, the page that asks, and the token.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './failure';

export interface Guard {
  readonly token: string;
  /** What lets the browser read, as a Set-Cookie header. */
  readonly cookie: string;
  /** @throws HttpError 403 when another name for this machine was asked for */
  checkHost(request: IncomingMessage): void;
  /** @throws HttpError 403 for that, and when another page is behind the request */
  checkOrigin(request: IncomingMessage): void;
  /** @throws HttpError 401 */
  checkReader(request: IncomingMessage): void;
  /** @throws HttpError 401 */
  checkActor(request: IncomingMessage): void;
}

/** Other names lead here too, when somebody else's name server says so: their pages would be of our origin. The port may be
 *  another, where it is forwarded from another machine. */
const ownHost = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/;

const foreign = () =>
  new HttpError(403, 'This studio answers its own page alone.', 'Open the URL that `aigc studio` printed.');

function checkHost({ headers }: IncomingMessage): void {
  if (!ownHost.test(headers.host ?? '')) throw foreign();
}

export function createGuard(): Guard {
  const token = randomBytes(24).toString('base64url');
  // Cookies go to every server of this machine, whatever its port: so it is not the token, and has a name of its own.
  const reading = hashOf(`read ${token}`).toString('hex');
  const name = `aigc-studio-${hashOf(`name ${token}`).toString('hex').slice(0, 12)}`;
  const bears = ({ headers }: IncomingMessage) => {
    const given = /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '')?.[1];
    return given !== undefined && isSame(given, token);
  };
  const unknown = () =>
    new HttpError(401, 'The token is missing or wrong.', 'Open the URL that `aigc studio` printed.');
  return {
    token,
    cookie: `${name}=${reading}; Path=/; HttpOnly; SameSite=Strict`,
    checkHost,
    checkOrigin: (request) => {
      checkHost(request);
      const { host, origin } = request.headers;
      const site = request.headers['sec-fetch-site'] ?? 'none';
      if (origin !== undefined && origin !== `http://${host}`) throw foreign();
      if (site !== 'same-origin' && site !== 'none') throw foreign();
    },
    checkReader: (request) => {
      const given = cookieNamed(request.headers.cookie, name);
      if (!(given !== undefined && isSame(given, reading)) && !bears(request)) throw unknown();
    },
    checkActor: (request) => {
      if (!bears(request)) throw unknown();
    },
  };
}

/** In a time that tells nothing of where they differ. */
const isSame = (a: string, b: string) => timingSafeEqual(hashOf(a), hashOf(b));

const hashOf = (text: string) => createHash('sha256').update(text).digest();

function cookieNamed(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(';').find((one) => one.trim().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1);
}

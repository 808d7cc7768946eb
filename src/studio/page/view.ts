// What a view is, and what views share.
import type { Done, Families, Session } from '../api';
import type { Client } from './client';
import type { Store } from './store';

export interface View {
  readonly element: HTMLElement;
  /** Of the window. */
  readonly title: string;
  /** Ends what the view listens to. */
  close(): void;
}

export interface Studio {
  readonly client: Client;
  readonly store: Store;
  readonly session: Session;
  /** Asked for once. */
  families(): Promise<Families>;
  /** Says something to those who do not see a change. */
  announce(words: string): void;
  /** Shows a sentence for a while; errors stay until they are closed. */
  notify(kind: 'done' | 'trouble', message: string, hint?: string): void;
}

export type OpenView = (studio: Studio, parameters: URLSearchParams) => View;

/** Shows what went wrong. */
export function tellTrouble(studio: Studio, error: unknown): void {
  const { message, hint } = error as { readonly message?: string; readonly hint?: string };
  studio.notify('trouble', message ?? String(error), hint);
}

/** Has something done, and says what the server says of it. */
export async function order(studio: Studio, address: string, body: object): Promise<void> {
  try {
    studio.notify('done', (await studio.client.post<Done>(address, body)).message);
  } catch (error) {
    tellTrouble(studio, error);
  }
}

/** The address of a view within the page. */
export function linkTo(
  view: string,
  parameters: Readonly<Record<string, string | readonly string[]>> = {},
): string {
  const words = Object.entries(parameters).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  return `#/${view}${words.length > 0 ? `?${words.join('&')}` : ''}`;
}

/** Several ends as one. */
export function together(...ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}

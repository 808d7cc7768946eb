// What the server answers when it cannot do what it is asked, and which errors of ours become which answers.
import { AigcError, UsageError } from '../errors';
import { BusyError } from '../run/lock';
import type { Failure } from './api';

/** An answer that is not 2xx. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** @returns the status and the body; undefined for what is a bug of ours */
export function failureOf(error: unknown): { readonly status: number; readonly body: Failure } | undefined {
  if (error instanceof HttpError) return { status: error.status, body: bodyOf(error.message, error.hint) };
  if (!(error instanceof AigcError)) return undefined;
  const status = error instanceof BusyError ? 409 : error instanceof UsageError ? 400 : 422;
  return { status, body: bodyOf(error.message, error.hint, optionOf(error.message)) };
}

const bodyOf = (message: string, hint: string | undefined, option?: string): Failure => ({
  error: { message, ...(hint !== undefined && { hint }), ...(option !== undefined && { option }) },
});

/** The option whose flag a message begins with: "--latent-dim must be …" is about latentDim. */
function optionOf(message: string): string | undefined {
  const flag = /^--([a-z][a-z0-9-]*)/.exec(message)?.[1];
  return flag?.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

// SPDX-License-Identifier: MIT
import {
  BaseError as ViemError,
  HttpRequestError,
  LimitExceededRpcError,
  ResponseBodyTooLargeError,
  RpcError,
  RpcRequestError,
  TimeoutError,
  UnknownRpcError,
} from "viem";

import { ProviderReadError } from "./errors.ts";
import type { RpcErrorKind } from "./types.ts";

const TOO_MANY_REQUESTS = 429;
/** Bad request, content too large: some providers refuse ranges of blocks so. */
const REFUSED: readonly (number | undefined)[] = [400, 413];
/** A provider may ask for hours; it is asked again after a minute all the same. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Turns whatever viem threw during a read into one of our errors. */
export function toProviderError(method: string, error: unknown): ProviderReadError {
  if (error instanceof ProviderReadError) return error;
  const find = <T extends Error>(known: abstract new (...args: never[]) => T): T | undefined => {
    const found = error instanceof ViemError ? error.walk((cause) => cause instanceof known) : null;
    return found instanceof known ? found : undefined;
  };

  const response = find(HttpRequestError);
  const refusal = find(RpcRequestError);
  const retryAfterMs = retryAfterOf(response);
  const failed = (kind: RpcErrorKind) =>
    new ProviderReadError(method, { kind, retryAfterMs, cause: error });

  const limited =
    response?.status === TOO_MANY_REQUESTS ||
    refusal?.code === TOO_MANY_REQUESTS ||
    find(LimitExceededRpcError) !== undefined;
  if (limited) return failed("rate-limited");
  if (find(TimeoutError) !== undefined) return failed("timeout");
  if (find(ResponseBodyTooLargeError) !== undefined) return failed("malformed");
  if (response === undefined) {
    const answered = refusal ?? find(RpcError);
    const refused = answered !== undefined && !(answered instanceof UnknownRpcError);
    return failed(refused ? "refused" : "unreachable");
  }
  if (REFUSED.includes(response.status)) return failed("refused");
  return failed(response.cause instanceof SyntaxError ? "malformed" : "unreachable");
}

/** The header's seconds or date, in milliseconds from now. */
function retryAfterOf(response: HttpRequestError | undefined): number {
  const value = response?.headers?.get("Retry-After");
  if (value === null || value === undefined) return 0;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS) : 0;
}

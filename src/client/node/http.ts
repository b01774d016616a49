// SPDX-License-Identifier: MIT
import type { BaseError } from "../../protocol/errors.ts";
import { parseJson, type Reader, toCanonicalJson } from "../../protocol/json.ts";
import {
  AbortedError,
  EndpointInvalidError,
  NodeAnswerError,
  NodeBodyTooLargeError,
  NodeNotFoundError,
  NodeRefusedError,
  NodeTimeoutError,
  NodeUnreachableError,
} from "../errors.ts";

/** Limits of one transfer. */
export interface TransferOptions {
  /** Milliseconds for the whole transfer. */
  timeout: number;
  /** Bytes of a body, in either direction. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** What a transfer may throw. */
export type TransferErrorType =
  | AbortedError
  | NodeAnswerError
  | NodeBodyTooLargeError
  | NodeNotFoundError
  | NodeRefusedError
  | NodeTimeoutError
  | NodeUnreachableError;

/** Characters of a refusal's reason that are shown. */
const REASON_MAX = 200;

/** The base URL, which must be http or https and end in no path of its own. */
export function parseEndpoint(endpoint: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch (cause) {
    throw new EndpointInvalidError(endpoint, cause);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new EndpointInvalidError(endpoint);
  return url;
}

/** Asks the node once and reads its JSON answer; redirects are refused, since the node vouches for its own host. */
export async function transfer<T>(
  url: URL,
  request: { method: "GET" | "PUT" | "POST"; body?: unknown },
  reader: Reader<T>,
  options: TransferOptions,
): Promise<T> {
  const { timeout, maxBytes, signal } = options;
  const body = request.body === undefined ? undefined : toCanonicalJson(request.body);
  if (body !== undefined && body.length > maxBytes) {
    throw new NodeBodyTooLargeError(url.href, maxBytes);
  }
  const limit = AbortSignal.timeout(timeout);
  const fail = (cause: unknown): BaseError => {
    if (signal?.aborted) return new AbortedError("The transfer", signal.reason);
    if (limit.aborted) return new NodeTimeoutError(url.href, timeout);
    return new NodeUnreachableError(url.href, cause);
  };

  const response = await fetch(url, {
    method: request.method,
    redirect: "error",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
  }).catch((cause: unknown) => {
    throw fail(cause);
  });
  const text = await readText(response, maxBytes, url, fail);
  if (response.status === 404) throw new NodeNotFoundError(url.href);
  if (!response.ok) throw new NodeRefusedError(url.href, response.status, toReason(text));
  try {
    return parseJson(text, reader, { what: "answer", limit: maxBytes });
  } catch (cause) {
    throw new NodeAnswerError(url.href, cause);
  }
}

/** Reads no more than `maxBytes`, whatever the headers promise. */
async function readText(
  response: Response,
  maxBytes: number,
  url: URL,
  fail: (cause: unknown) => BaseError,
): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw fail(cause);
    });
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new NodeBodyTooLargeError(url.href, maxBytes);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** What a stranger wrote, made fit for a terminal: one line, printable, short. */
function toReason(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]+/g, " ").trim();
  return printable === "" ? "no reason given" : printable.slice(0, REASON_MAX);
}

// SPDX-License-Identifier: MIT
/** Owns the talk with an upstream: one request at a time for each run, its retries, and what its faults are called. */
import { setTimeout as sleep } from "node:timers/promises";

import { UpstreamRefusedError, UpstreamUnavailableError, RuntimeOutputError } from "./errors.ts";

export interface UpstreamCall {
  /** Of the model, for errors. */
  name: string;
  url: string;
  /** Sent as a bearer token; never in an error. */
  key: string | undefined;
  body: string;
  /** Most bytes of an answer, after decompression. */
  maxBytes: number;
  signal: AbortSignal;
}

/** Statuses with which an upstream says that it did nothing yet. */
const NOT_STARTED: readonly number[] = [429, 503];
const RETRIES = 2;
/** An upstream that wants more patience is asked again by the node's own schedule. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Posts once, and again only where the upstream said when, with a status that means that it did nothing: whatever else
 * fails may have been computed, and paid for.
 */
export async function callUpstream(call: UpstreamCall): Promise<string> {
  for (let retry = 0; ; retry += 1) {
    const response = await post(call);
    if (response.ok) return readText(response, call);
    // The reason is a stranger's text that may quote the key or the prompt: it is not read.
    await response.body?.cancel().catch(() => {});
    const { status } = response;
    const wait = NOT_STARTED.includes(status) ? waitOf(response) : undefined;
    if (wait === undefined || retry >= RETRIES) throw refusal(call.name, status);
    await sleep(wait, undefined, { signal: call.signal });
  }
}

async function post({ name, url, key, body, signal }: UpstreamCall): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      // The key is for this host alone.
      redirect: "error",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new UpstreamUnavailableError(name, `it cannot be reached (${codeOf(error)})`);
  }
}

/** Reads no more than the limit, whatever the headers promise. */
async function readText(response: Response, call: UpstreamCall): Promise<string> {
  const { name, maxBytes, signal } = call;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      // Leaving the loop cancels the transfer.
      if (bytes > maxBytes)
        throw new RuntimeOutputError(name, `it is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RuntimeOutputError) throw error;
    throw new UpstreamUnavailableError(name, `its answer was cut off (${codeOf(error)})`);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function refusal(name: string, status: number) {
  const mayPass = status >= 500 || status === 408 || status === 429;
  return mayPass
    ? new UpstreamUnavailableError(name, `it answered with status ${status}`)
    : new UpstreamRefusedError(name, status);
}

/** Milliseconds of `Retry-After`, a number of seconds or a date; undefined if there is none, or it is too long. */
function waitOf(response: Response): number | undefined {
  const text = response.headers.get("retry-after");
  if (text === null) return undefined;
  const wait = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  if (Number.isNaN(wait) || wait > LONGEST_WAIT_MS) return undefined;
  return Math.max(wait, 0);
}

/** The system's word for what happened, such as ECONNREFUSED: messages hold addresses. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const found = [cause?.code, code].find((each) => typeof each === "string");
  return typeof found === "string" && /^[A-Z_]{1,40}$/.test(found) ? found : "no reason given";
}

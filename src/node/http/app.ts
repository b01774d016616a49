// SPDX-License-Identifier: MIT
import { type Context, Hono } from "hono";
import type { Logger } from "pino";

import { BaseError } from "../../protocol/errors.ts";
import { parseJson, type Reader, toCanonicalJson } from "../../protocol/json.ts";
import { describeError } from "../log.ts";
import {
  BodyTooLargeError,
  MediaTypeError,
  NodeFailedError,
  PathUnknownError,
  statusOf,
} from "./errors.ts";

/** Bytes of a request's body. An input of the largest model is some kilobytes in hex. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Paths whose names are requests. */
const BY_REQUEST: ReadonlySet<string> = new Set(["results", "evidence"]);

/** Answers in canonical JSON, amounts as decimal strings. */
export function answer(context: Context, body: unknown): Response {
  return context.body(toCanonicalJson(body), 200, { "content-type": "application/json" });
}

/** Reads a JSON body; throws what names the field that is wrong. */
export async function readBody<T>(context: Context, reader: Reader<T>): Promise<T> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  const encoding = context.req.header("content-encoding");
  if (type !== "application/json" || encoding !== undefined) throw new MediaTypeError();
  return parseJson(await readText(context), reader, { what: "body", limit: MAX_BODY_BYTES });
}

/** Reads no more than the limit, whatever the headers promise. */
async function readText(context: Context): Promise<string> {
  const announced = Number(context.req.header("content-length") ?? 0);
  if (announced > MAX_BODY_BYTES) throw new BodyTooLargeError(MAX_BODY_BYTES);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of context.req.raw.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new BodyTooLargeError(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** An application with limits and typed errors, and no routes yet. It sets no CORS headers: browsers are kept out. */
export function createApp(logger: Logger): Hono {
  const app = new Hono();
  app.notFound((context) => fail(context, new PathUnknownError(), logger));
  app.onError((error, context) => fail(context, error, logger));
  return app;
}

/** `{error: {code, message}}`; of the node's own failures no more than that they happened. */
function fail(context: Context, error: unknown, logger: Logger): Response {
  const known = error instanceof BaseError ? statusOf(error) : undefined;
  if (error instanceof BaseError && known !== undefined) {
    return context.json({ error: { code: error.code, message: error.message } }, known);
  }
  const [, kind = "", name] = context.req.path.split("/");
  const about = BY_REQUEST.has(kind) ? { request: name } : {};
  logger.error({ ...describeError(error), ...about, path: `/${kind}` }, "an HTTP request failed");
  const { code, message, status } = new NodeFailedError();
  return context.json({ error: { code, message } }, status);
}

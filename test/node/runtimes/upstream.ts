// SPDX-License-Identifier: MIT
// A real HTTP server that speaks the OpenAI protocol, and fails in all the ways that upstreams do.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { commitUpstream, type OpenaiManifest, parseManifest } from "../../../src/protocol/index.ts";

export interface Received {
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

export type Behaviour = (response: ServerResponse, received: Received) => void;

export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** An answer to a conversation as services give it, with fields that nobody asked for. */
export function chatAnswer(text: string, changes: Record<string, unknown> = {}) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "tiny-1",
    system_fingerprint: "fp_1",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: text, refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    ...changes,
  };
}

/** Answers each request by the next behaviour; the last one goes on for ever. */
export async function startUpstream() {
  const received: Received[] = [];
  let behaviours: Behaviour[] = [json(500, {})];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { url = "", headers } = request;
      const entry = { path: url, headers, body: JSON.parse(text) as Received["body"] };
      received.push(entry);
      const behave = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
      behave?.(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    received,
    answer: (...next: Behaviour[]) => {
      behaviours = next;
      received.length = 0;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export function openaiManifest(
  url: string,
  changes: Partial<OpenaiManifest["limits"]> = {},
  api: "chat" | "completions" = "chat",
): OpenaiManifest {
  const upstream = { url, api, model: "tiny-1" } as const;
  const manifest = parseManifest(
    JSON.stringify({
      kind: "openai",
      upstream,
      weightsCommitment: commitUpstream(upstream),
      limits: {
        inputBytes: 4_096,
        outputBytes: 2_048,
        timeoutMs: 5_000,
        concurrency: 2,
        outputTokens: 64,
        ...changes,
      },
    }),
  );
  if (manifest.kind !== "openai") throw new TypeError("another kind was read");
  return manifest;
}

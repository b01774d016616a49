// SPDX-License-Identifier: MIT
// A JSON-RPC proxy that makes mistakes on a seeded schedule. Each HTTP request draws as many numbers whatever it asks for,
// so that the schedule depends on the seed and on the order of requests alone.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { seeded } from "./seeded.ts";

export const FAULTS = [
  /** The connection breaks, half of the times after the request was served. */
  "drop",
  /** The answer is late. */
  "delay",
  /** The request is served twice, and the second answer given. */
  "duplicate",
  /** The answer ends in its middle. */
  "truncate",
  /** 429 with Retry-After. */
  "rateLimit",
  /** For some requests the chain looks as it was some blocks ago. */
  "staleHead",
  /** Some logs of an answer are left out. */
  "missingLogs",
  /** For some requests another chain answers. */
  "wrongChain",
] as const;

export type Fault = (typeof FAULTS)[number];
/** The chance of each fault, from 0 to 1. */
export type Rates = Partial<Record<Fault, number>>;

export interface FaultProxyParameters {
  target: string;
  seed: number;
  rates?: Rates;
  /** Rates of single methods, which take the place of the general ones. */
  methods?: Readonly<Record<string, Rates>>;
  delayMs?: number;
  retryAfterSeconds?: number;
  /** How many blocks ago a stale head is. */
  staleBy?: number;
  /** How many requests a stale head or a wrong chain lasts. */
  episode?: number;
  /** Who answers for the wrong chain. */
  wrongTarget?: string;
}

export interface FaultProxy {
  readonly url: string;
  /** How often each fault was done. */
  readonly counts: Readonly<Record<Fault, number>>;
  /** HTTP requests so far. */
  readonly requests: number;
  /** Changes the chances from the next request on; ends stale heads and wrong chains. */
  setRates(rates: Rates, methods?: Readonly<Record<string, Rates>>): void;
  close(): Promise<void>;
}

interface Call {
  id?: number | string | null;
  method: string;
  params?: unknown[];
}

interface Answer {
  id?: Call["id"];
  result?: unknown;
  error?: unknown;
}

/** What one HTTP request suffers; `share` picks from 0 to 1 where a fault has a choice. */
interface Draw {
  has: (fault: Fault) => boolean;
  share: number;
}

export async function startFaultProxy(parameters: FaultProxyParameters): Promise<FaultProxy> {
  const { target, seed, delayMs = 50, retryAfterSeconds = 1, staleBy = 3 } = parameters;
  const { episode = 10, wrongTarget = target } = parameters;
  const random = seeded(seed);
  const counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  let { rates = {}, methods = {} } = parameters;
  let requests = 0;
  let stale = { left: 0, head: 0n };
  let wrong = 0;

  const draw = (calls: readonly Call[]): Draw => {
    const chances = FAULTS.map((fault) => {
      const rateOf = ({ method }: Call) => methods[method]?.[fault] ?? rates[fault] ?? 0;
      return [fault, random() < Math.max(0, ...calls.map(rateOf))] as const;
    });
    const drawn = new Map(chances);
    return { has: (fault) => drawn.get(fault) === true, share: random() };
  };

  const ask = async (method: string, params: unknown[] = []): Promise<unknown> => {
    const answer = (await forward(target, { jsonrpc: "2.0", id: 1, method, params })) as Answer;
    return answer.result;
  };

  /** As seen when the head was `stale.head`. */
  const age = async (call: Call, answer: Answer): Promise<Answer> => {
    const head = `0x${stale.head.toString(16)}`;
    if (call.method === "eth_blockNumber") return { ...answer, result: head };
    if (call.method !== "eth_getBlockByNumber") return answer;
    const [tag, whole] = call.params ?? [];
    if (tag === "latest") return { ...answer, result: await ask(call.method, [head, whole]) };
    const isNewer = typeof tag === "string" && tag.startsWith("0x") && BigInt(tag) > stale.head;
    return isNewer ? { ...answer, result: null } : answer;
  };

  /** Without one log at least. */
  const thin = (call: Call, answer: Answer, share: number): Answer => {
    const { result } = answer;
    if (call.method !== "eth_getLogs" || !Array.isArray(result) || result.length === 0)
      return answer;
    counts.missingLogs += 1;
    const dropped = Math.floor(share * result.length);
    return {
      ...answer,
      result: result.filter((_, at) => at !== dropped && (at + dropped) % 2 === 0),
    };
  };

  const begin = async ({ has }: Draw): Promise<void> => {
    if (has("staleHead") && stale.left === 0) {
      const head = BigInt((await ask("eth_blockNumber")) as string) - BigInt(staleBy);
      stale = { left: episode, head: head < 0n ? 0n : head };
      counts.staleHead += 1;
    }
    if (has("wrongChain") && wrong === 0) {
      wrong = episode;
      counts.wrongChain += 1;
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readJson(request);
    const calls = (Array.isArray(body) ? body : [body]) as Call[];
    requests += 1;
    const drawn = draw(calls);
    const { has, share } = drawn;
    if (has("rateLimit")) {
      counts.rateLimit += 1;
      response
        .writeHead(429, { "Retry-After": String(retryAfterSeconds) })
        .end("too many requests");
      return;
    }
    if (has("drop") && share < 0.5) {
      counts.drop += 1;
      request.socket.destroy();
      return;
    }

    await begin(drawn);
    const isStale = stale.left > 0;
    const isWrong = wrong > 0;
    if (isStale) stale.left -= 1;
    if (isWrong) wrong -= 1;
    const url = isWrong ? wrongTarget : target;
    let answered = await forward(url, body);
    if (has("duplicate")) {
      counts.duplicate += 1;
      answered = await forward(url, body);
    }
    const answers = (Array.isArray(answered) ? answered : [answered]) as Answer[];
    for (const [at, answer] of answers.entries()) {
      const call = calls.find(({ id }) => id === answer.id);
      if (call === undefined) continue;
      let changed = isStale && !isWrong ? await age(call, answer) : answer;
      if (has("missingLogs")) changed = thin(call, changed, share);
      answers[at] = changed;
    }

    if (has("delay")) {
      counts.delay += 1;
      await new Promise((resolve) => setTimeout(resolve, delayMs * share));
    }
    if (has("drop")) {
      counts.drop += 1;
      request.socket.destroy();
      return;
    }
    let text = JSON.stringify(Array.isArray(body) ? answers : answers[0]);
    if (has("truncate")) {
      counts.truncate += 1;
      text = text.slice(0, Math.floor(text.length / 2));
    }
    response.writeHead(200, { "Content-Type": "application/json" }).end(text);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    get requests() {
      return requests;
    },
    setRates: (next, nextMethods = {}) => {
      rates = next;
      methods = nextMethods;
      stale.left = 0;
      wrong = 0;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(url: string, body: unknown): Promise<unknown> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

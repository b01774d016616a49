// SPDX-License-Identifier: MIT
/**
 * Owns the reads of one provider: their time limit, their retries, and how long the provider is left alone after a
 * failure. What it answers has the right form, and is not believed for that.
 */
import {
  type Address,
  type Client,
  createClient,
  type Hex,
  http,
  type HttpTransportConfig,
  numberToHex,
  type Transport,
} from "viem";

import { sleep } from "../../client/sleep.ts";
import { decodeBlock, decodeLogs } from "./decode.ts";
import { ProviderReadError } from "./errors.ts";
import { toProviderError } from "./rpc-failure.ts";
import type { ChainBlock, ChainLog, RpcErrorKind } from "./types.ts";

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;
const LONGEST_DELAY_MS = 10_000;
/** A provider that asks for more is left alone, and the read fails. */
const LONGEST_PATIENCE_MS = 2_000;
const RETRIED: ReadonlySet<RpcErrorKind> = new Set([
  "rate-limited",
  "timeout",
  "unreachable",
  "malformed",
]);

/** A client for the follower, which does its own retries; `make` reaches the URL, `meter` may look at the calls. */
export function createProvider(
  rpcUrl: string,
  make: (rpcUrl: string, config: HttpTransportConfig) => Transport = http,
  meter: (transport: Transport) => Transport = (transport) => transport,
): Client {
  const transport = make(rpcUrl, { timeout: TIMEOUT_MS, retryCount: 0 });
  return createClient({ transport: meter(transport) });
}

export interface ChainSourceParameters {
  client: Client;
  signal: AbortSignal;
  retryDelayMs: number;
  now: () => number;
  random: () => number;
  onFailure: (kind: RpcErrorKind) => void;
}

export class ChainSource {
  readonly #parameters: ChainSourceParameters;
  #failures = 0;
  #restsUntil = 0;
  /** Since the last failure, chain id and genesis block were checked. */
  identified = false;
  /** Since when the provider does not know our newest block, unix milliseconds. */
  behindSince: number | undefined;

  constructor(parameters: ChainSourceParameters) {
    this.#parameters = parameters;
  }

  /** When the provider may be asked again, unix milliseconds. */
  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** After a poll that failed: the provider is left alone, twice as long each time. */
  rest(atLeastMs = 0): void {
    const { now } = this.#parameters;
    this.identified = false;
    this.#failures += 1;
    this.#restsUntil = now() + Math.max(atLeastMs, this.#delay(this.#failures));
  }

  /** After a poll that went well. */
  praise(): void {
    this.#failures = 0;
    this.#restsUntil = 0;
  }

  async readChainId(): Promise<number> {
    const { client } = this.#parameters;
    return this.#read("eth_chainId", async () =>
      Number(BigInt(await client.request({ method: "eth_chainId" }))),
    );
  }

  /** Undefined if the provider does not know the block. */
  async readBlock(block: bigint | "latest" | "finalized"): Promise<ChainBlock | undefined> {
    const { client } = this.#parameters;
    const tag = typeof block === "bigint" ? numberToHex(block) : block;
    return this.#read("eth_getBlockByNumber", async () => {
      const answer: unknown = await client.request({
        method: "eth_getBlockByNumber",
        params: [tag, false],
      });
      return answer === null ? undefined : decodeBlock(answer);
    });
  }

  /** The logs of one block or of some, in their order; of all contracts if no addresses are given. */
  async readLogs(filter: {
    blocks: Hex | { from: bigint; to: bigint };
    addresses?: readonly Address[];
  }): Promise<ChainLog[]> {
    const { client } = this.#parameters;
    const { blocks, addresses } = filter;
    const where =
      typeof blocks === "string"
        ? { blockHash: blocks }
        : { fromBlock: numberToHex(blocks.from), toBlock: numberToHex(blocks.to) };
    const address = addresses === undefined ? {} : { address: [...addresses] };
    return this.#read("eth_getLogs", async () =>
      decodeLogs(
        await client.request({ method: "eth_getLogs", params: [{ ...where, ...address }] }),
      ),
    );
  }

  async #read<T>(method: string, ask: () => Promise<T>): Promise<T> {
    const { signal, onFailure } = this.#parameters;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withTimeout(method, ask());
      } catch (error) {
        const failure = toProviderError(method, error);
        // A connection that broke may come back to another chain.
        if (failure.kind !== "refused") this.identified = false;
        onFailure(failure.kind);
        const wait = Math.max(failure.retryAfterMs, this.#delay(attempt));
        const again = RETRIED.has(failure.kind) && wait <= LONGEST_PATIENCE_MS;
        if (!again || attempt === ATTEMPTS || signal.aborted) throw failure;
        await sleep(wait, signal);
      }
    }
  }

  /** Twice as long each time, from half to all of it, so that not all clients come back at once. */
  #delay(failures: number): number {
    const { retryDelayMs, random } = this.#parameters;
    const longest = Math.min(retryDelayMs * 2 ** (failures - 1), LONGEST_DELAY_MS);
    return longest * (0.5 + random() / 2);
  }
}

/** viem's own limit ends with the headers; a body that never ends would hang. */
async function withTimeout<T>(method: string, read: Promise<T>): Promise<T> {
  const over = new AbortController();
  const timeout = sleep(TIMEOUT_MS, over.signal).then(() => {
    throw new ProviderReadError(method, { kind: "timeout", retryAfterMs: 0 });
  });
  // The one that loses the race must not be an unhandled rejection.
  timeout.catch(() => {});
  try {
    return await Promise.race([read, timeout]);
  } finally {
    over.abort();
  }
}

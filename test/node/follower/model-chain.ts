// SPDX-License-Identifier: MIT
// A chain in memory with forks, logs and bloom filters, and providers that answer for it, rightly or not.
import {
  type Address,
  type Client,
  createClient,
  custom,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  InvalidInputRpcError,
  keccak256,
  numberToHex,
  toHex,
  zeroAddress,
} from "viem";

import { disputeCourtAbi } from "../../../src/abi/disputeCourt.ts";
import { inferenceMarketAbi } from "../../../src/abi/inferenceMarket.ts";
import type { Deployment } from "../../../src/client/index.ts";
import { bloomOf } from "../../../src/node/follower/bloom.ts";
import type { ChainBlock, ChainLog } from "../../../src/node/follower/types.ts";

export const addressOf = (name: string): Address =>
  `0x${keccak256(toHex(name)).slice(-40)}` as Address;

export const DEPLOYMENT: Deployment = {
  chainId: 31_337,
  market: addressOf("market"),
  token: addressOf("token"),
  nodeRegistry: addressOf("nodeRegistry"),
  modelRegistry: addressOf("modelRegistry"),
  enclaveRegistry: addressOf("enclaveRegistry"),
  groth16Verifier: addressOf("groth16Verifier"),
  disputeCourt: addressOf("disputeCourt"),
  orderSettler: addressOf("orderSettler"),
  batchSettler: addressOf("batchSettler"),
  zkmlEvidence: addressOf("zkmlEvidence"),
  block: 1n,
};

export interface ModelBlock extends ChainBlock {
  logs: readonly ChainLog[];
}

export const requestIdOf = (nonce: number): Hex => keccak256(toHex(`request ${nonce}`));

type Emitted = Pick<ChainLog, "address" | "topics" | "data">;

/** A block of so many logs that its bloom filter fits any address. */
export const CROWD = -1;

/** What happens in a block: nothing, an event of somebody else, or events of ours. */
export function emit(kind: number, nonce: number): Emitted[] {
  const id = requestIdOf(nonce % 50);
  const opened: Emitted = {
    address: DEPLOYMENT.market,
    topics: topicsOf(
      encodeEventTopics({
        abi: inferenceMarketAbi,
        eventName: "EvidenceAdded",
        args: { id, kind: 1 },
      }),
    ),
    data: encodeAbiParameters([{ type: "uint8" }], [nonce % 8]),
  };
  const voted: Emitted = {
    address: DEPLOYMENT.disputeCourt,
    topics: topicsOf(
      encodeEventTopics({
        abi: disputeCourtAbi,
        eventName: "VoteCommitted",
        args: { id, juror: zeroAddress },
      }),
    ),
    data: "0x",
  };
  const foreign: Emitted = {
    address: DEPLOYMENT.token,
    topics: [keccak256(toHex(nonce))],
    data: "0x",
  };
  if (kind === CROWD) {
    const topics = Array.from({ length: 600 }, (_, at) => keccak256(toHex(`${nonce} ${at}`)));
    const crowd = topics.map((topic) => ({ ...foreign, topics: [topic] }));
    return [...crowd, opened];
  }
  return (
    [[], [foreign], [opened], [foreign, opened, voted], [opened, voted, foreign, voted], []][
      kind % 6
    ] ?? []
  );
}

const topicsOf = (topics: ReturnType<typeof encodeEventTopics>): Hex[] =>
  topics.filter((topic): topic is Hex => typeof topic === "string");

/** The canonical chain and every block that ever was. */
export class ModelChain {
  readonly #byHash = new Map<Hex, ModelBlock>();
  #nonce = 0;
  /** By height. */
  canonical: ModelBlock[] = [];

  constructor(name = "genesis") {
    this.canonical = [this.#make(keccak256(toHex(name)), 0n, [])];
  }

  get head(): ModelBlock {
    return this.canonical.at(-1)!;
  }

  blockOf(hash: Hex): ModelBlock | undefined {
    return this.#byHash.get(hash);
  }

  mine(kinds: readonly number[]): void {
    for (const kind of kinds) {
      this.#nonce += 1;
      const { hash, number } = this.head;
      this.canonical.push(this.#make(hash, number + 1n, emit(kind, this.#nonce)));
    }
  }

  /** Replaces the newest blocks; the chain's length may change by that. */
  reorganise(depth: number, kinds: readonly number[]): void {
    const kept = Math.max(1, this.canonical.length - depth);
    this.canonical = this.canonical.slice(0, kept);
    this.mine(kinds);
  }

  /** The canonical events of our contracts. */
  events(): ChainLog[] {
    const { market, disputeCourt } = DEPLOYMENT;
    return this.canonical
      .flatMap(({ logs }) => logs)
      .filter(({ address }) => address === market || address === disputeCourt);
  }

  #make(parentHash: Hex, number: bigint, emitted: readonly Emitted[]): ModelBlock {
    const hash = keccak256(toHex(`${parentHash} ${number} ${this.#nonce}`));
    const logs = emitted.map((log, logIndex) => ({
      ...log,
      logIndex,
      blockNumber: number,
      blockHash: hash,
      transactionHash: keccak256(toHex(`${hash} ${logIndex}`)),
    }));
    const timestamp = 1_000 + Number(number);
    const block = { number, hash, parentHash, timestamp, logsBloom: bloomOf(logs), logs };
    this.#byHash.set(hash, block);
    return block;
  }
}

/** How one provider errs; each number is a chance from 0 to 1. */
export interface Misbehaviour {
  /** Its head is so many blocks old. */
  behind: number;
  /** It does not know newer blocks than its head, or answers for them all the same. */
  forgets: boolean;
  missingLogs: number;
  /** It refuses logs of more blocks at once. */
  mostBlocks: number;
  failing: number;
  /** It answers from another chain. */
  chain: ModelChain | undefined;
}

export const HONEST: Misbehaviour = {
  behind: 0,
  forgets: false,
  missingLogs: 0,
  mostBlocks: Number.POSITIVE_INFINITY,
  failing: 0,
  chain: undefined,
};

export interface ModelProvider {
  client: Client;
  behaviour: Misbehaviour;
  /** How often each method was called. */
  calls: Record<string, number>;
}

/** A provider of the chain; chances are drawn from `random`. */
export function makeProvider(own: ModelChain, random: () => number): ModelProvider {
  const provider: ModelProvider = { behaviour: HONEST, calls: {}, client: undefined! };
  const heightOf = (chain: ModelChain): number =>
    Math.max(0, chain.canonical.length - 1 - provider.behaviour.behind);

  const answer = (method: string, params: readonly unknown[]): unknown => {
    const { chain = own, forgets, missingLogs, mostBlocks } = provider.behaviour;
    const known = forgets ? chain.canonical.slice(0, heightOf(chain) + 1) : chain.canonical;
    if (method === "eth_chainId") return numberToHex(DEPLOYMENT.chainId);
    if (method === "eth_getBlockByNumber") {
      const tag = params[0] as string;
      const block = tag === "latest" ? chain.canonical[heightOf(chain)] : known[Number(tag)];
      return block === undefined ? null : toRpcBlock(block);
    }
    if (method === "eth_getLogs") {
      const filter = params[0] as {
        blockHash?: Hex;
        fromBlock?: Hex;
        toBlock?: Hex;
        address?: Address[];
      };
      if (Number(filter.toBlock) - Number(filter.fromBlock) >= mostBlocks)
        throw new InvalidInputRpcError(new RangeError("too many blocks"));
      const blocks =
        filter.blockHash === undefined
          ? known.slice(Number(filter.fromBlock), Number(filter.toBlock) + 1)
          : [chain.blockOf(filter.blockHash)];
      return blocks
        .flatMap((block) => block?.logs ?? [])
        .filter(({ address }) => filter.address?.includes(address) ?? true)
        .filter(() => random() >= missingLogs)
        .map(toRpcLog);
    }
    throw new InvalidInputRpcError(new RangeError(method));
  };

  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    provider.calls[method] = (provider.calls[method] ?? 0) + 1;
    if (random() < provider.behaviour.failing) throw new TypeError("connection reset");
    return answer(method, (params ?? []) as unknown[]);
  };
  provider.client = createClient({ transport: custom({ request }, { retryCount: 0 }) });
  return provider;
}

function toRpcBlock({ number, hash, parentHash, timestamp, logsBloom }: ModelBlock) {
  return {
    number: numberToHex(number),
    hash,
    parentHash,
    timestamp: numberToHex(timestamp),
    logsBloom: toHex(logsBloom),
    transactions: [],
  };
}

const toRpcLog = (log: ChainLog) => ({
  ...log,
  blockNumber: numberToHex(log.blockNumber),
  logIndex: numberToHex(log.logIndex),
  transactionIndex: "0x0",
  removed: false,
});

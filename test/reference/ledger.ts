// SPDX-License-Identifier: MIT
// The whole ledger as plain data: who has what, and what is promised to whom.
import type { Address, Hex } from "viem";

import type {
  Evidence,
  EvidenceSet,
  Request,
  Result,
  State,
  Verdict,
} from "../../src/protocol/index.ts";

/** Part of a client's balance set aside for one node's orders under one key. */
export interface Reserved {
  amount: bigint;
  until: number;
  /** The lowest nonce that can still be used. */
  first: number;
  used: Set<number>;
}

export interface Entry {
  request: Request;
  state: State;
  evidence: EvidenceSet;
  /** Unix seconds: start of the challenge window. */
  clock: number;
  /** Of a claim that was settled with others, only its fee is held. */
  holdsFeeOnly: boolean;
  assigned?: Address;
  result?: Result;
}

/** A claim that waits with others under one root. */
export interface Claim {
  digest: Hex;
  fee: bigint;
  bond: bigint;
}

export interface ClaimsEntry {
  clock: number;
  /** All that were entered: the root is theirs. */
  leaves: readonly Hex[];
  /** Those that nobody extracted. */
  left: Claim[];
}

export interface Earned {
  own: bigint;
  pool: bigint;
  drawBlock: number;
  drawTime: number;
}

export interface Stake {
  opted: bigint;
  locked: bigint;
}

export interface Vote {
  commitment?: Hex;
  revealed: boolean;
  upheld: boolean;
}

export interface DisputeEntry {
  challenger: Address;
  node: Address;
  arbiter: Evidence;
  verdict: Verdict;
  openedAt: number;
  evidenceBy: number;
  revealBy: number;
  seedBlock: number;
  /** Empty until it is drawn, and where nobody can be. */
  jury: Map<Address, Vote>;
}

export interface Ledger {
  /** Unix seconds and number of the last block. */
  time: number;
  block: number;
  /** Hashes of the blocks that draws wait for: what no model can know. */
  hashes: Map<number, Hex>;
  paused: boolean;
  /** Models whose measurement was revoked. */
  revoked: Set<Hex>;
  /** Tokens, of accounts and of contracts. */
  tokens: Map<Address, bigint>;
  balances: Map<Address, bigint>;
  /** By client, node and signer. */
  reserved: Map<string, Reserved>;
  entries: Map<Hex, Entry>;
  /** By node, model, data node and root. */
  claims: Map<string, ClaimsEntry>;
  earned: { market: Map<Address, Earned>; orders: Map<Address, Earned> };
  freeStakes: Map<Address, bigint>;
  /** By node and model. */
  stakes: Map<string, Stake>;
  /** Blocks of challenges' commitments. */
  commitments: Map<Hex, number>;
  disputes: Map<Hex, DisputeEntry>;
  /** The court's bonds, and what is burned in each contract. */
  bonds: bigint;
  burned: bigint;
  burnedStake: bigint;
}

export const keyOf = (...parts: readonly string[]): string => parts.join(" ");

/** Adds to one of many amounts, each zero until it is first written. */
export function add(amounts: Map<Address, bigint>, account: Address, amount: bigint): void {
  amounts.set(account, (amounts.get(account) ?? 0n) + amount);
}

const copied = <K, V>(map: ReadonlyMap<K, V>, copy: (value: V) => V): Map<K, V> =>
  new Map(Array.from(map, ([key, value]) => [key, copy(value)]));
const shallow = <V extends object>(value: V): V => ({ ...value });

/** A ledger of its own; requests and results never change, and are shared. */
export function copyOf(ledger: Ledger): Ledger {
  const { earned } = ledger;
  return {
    ...ledger,
    hashes: new Map(ledger.hashes),
    revoked: new Set(ledger.revoked),
    tokens: new Map(ledger.tokens),
    balances: new Map(ledger.balances),
    reserved: copied(ledger.reserved, (it) => ({ ...it, used: new Set(it.used) })),
    entries: copied(ledger.entries, shallow),
    claims: copied(ledger.claims, (it) => ({ ...it, left: [...it.left] })),
    earned: { market: copied(earned.market, shallow), orders: copied(earned.orders, shallow) },
    freeStakes: new Map(ledger.freeStakes),
    stakes: copied(ledger.stakes, shallow),
    commitments: new Map(ledger.commitments),
    disputes: copied(ledger.disputes, (it) => ({ ...it, jury: copied(it.jury, shallow) })),
  };
}

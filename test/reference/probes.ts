// SPDX-License-Identifier: MIT
// Every view of the contracts that shows a part of the ledger, beside what the model says it shows.
import { type Abi, type Address, encodeFunctionData, erc20Abi, type Hex } from "viem";

import {
  disputeCourtAbi,
  inferenceMarketAbi,
  nodeRegistryAbi,
  orderSettlerAbi,
} from "../../src/abi/index.ts";
import type { Read } from "./batch-read.ts";
import { sumOf } from "./claims.ts";
import type { Command } from "./command.ts";
import { earnedOf, type Keeper } from "./earnings.ts";
import { idOf } from "./ids.ts";
import { type Entry, keyOf, type Ledger } from "./ledger.ts";
import type { Rules } from "./rules.ts";
import { stakeOf } from "./stake.ts";
import { subjectWord } from "./subject.ts";

/** A view with the names of what it returns, and what the model expects. */
export interface Probe {
  view: string;
  read: Read;
  expected: Record<string, bigint>;
}

/** Who and what there is to look at; all of it is read after every command. */
export interface Cast {
  people: readonly Address[];
  clients: readonly Address[];
  nodes: readonly Address[];
  signers: readonly Address[];
  token: Address;
}

/** What a sequence named so far: of a request that was refused, and of claims that are over, there must be nothing. */
export interface Seen {
  requests: Set<Hex>;
  claims: Set<string>;
}

/** Notes the requests of a command, and the claims that are there after it. */
export function see(rules: Rules, seen: Seen, command: Command, ledger: Ledger): void {
  const alone = "request" in command ? [command.request] : [];
  const order = "order" in command ? [command.order.request] : [];
  const many = "orders" in command ? command.orders.map(({ request }) => request) : [];
  for (const request of [...alone, ...order, ...many])
    seen.requests.add(idOf(rules.domain, request));
  for (const key of ledger.claims.keys()) seen.claims.add(key);
}

const NONE = 0n;
const toWord = (value: Hex | undefined): bigint => BigInt(value ?? 0);

export function probesOf(rules: Rules, ledger: Ledger, cast: Cast, seen: Seen): Probe[] {
  const { market, orders, nodes, court } = rules.contracts;
  const probes: Probe[] = [];
  const look = (
    to: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
    expected: Record<string, bigint>,
  ): void => {
    const view = [functionName, ...args].join(" ");
    const data = encode(to, abi, functionName, args);
    probes.push({ view, read: { to, data, words: Object.keys(expected).length }, expected });
  };

  for (const holder of [market, orders, nodes, ...cast.people]) {
    const tokens = ledger.tokens.get(holder) ?? NONE;
    look(cast.token, erc20Abi, "balanceOf", [holder], { tokens });
    const balance = ledger.balances.get(holder) ?? NONE;
    look(market, inferenceMarketAbi, "balanceOf", [holder], { balance });
  }
  look(market, inferenceMarketAbi, "bonds", [], { bonds: ledger.bonds });
  look(market, inferenceMarketAbi, "burned", [], { burned: ledger.burned });
  look(nodes, nodeRegistryAbi, "burned", [], { burnedStake: ledger.burnedStake });

  for (const client of cast.clients)
    for (const node of cast.nodes) {
      for (const signer of cast.signers) {
        const promise = reservationIn(ledger, keyOf(client, node, signer));
        look(orders, orderSettlerAbi, "reservationOf", [client, node, signer], promise);
      }
    }

  for (const node of rules.nodes.keys()) {
    for (const [keeper, to] of [
      ["market", market],
      ["orders", orders],
    ] as const)
      look(to, orderSettlerAbi, "earningsOf", [node], earnedIn(ledger, keeper, node));
    let all = NONE;
    for (const modelId of rules.models.keys()) {
      const { opted, locked } = stakeOf(ledger, node, modelId);
      all += opted;
      if (cast.nodes.includes(node))
        look(nodes, nodeRegistryAbi, "modelStakeOf", [node, modelId], { opted, locked });
    }
    look(nodes, nodeRegistryAbi, "optedOf", [node], { opted: all });
  }

  for (const id of seen.requests)
    look(market, inferenceMarketAbi, "recordOf", [id], recordOf(ledger.entries.get(id)));
  for (const key of seen.claims) {
    const { clock = 0, left = [] } = ledger.claims.get(key) ?? {};
    const sums = { fee: sumOf(left, "fee"), bond: sumOf(left, "bond") };
    const expected = { ...sums, clock: BigInt(clock), count: BigInt(left.length) };
    look(orders, orderSettlerAbi, "claimsOf", key.split(" "), expected);
  }
  for (const [id, dispute] of ledger.disputes) {
    const votes = [...dispute.jury.values()].filter(({ revealed }) => revealed);
    const upheld = votes.filter((vote) => vote.upheld).length;
    look(court, disputeCourtAbi, "disputeOf", [id], {
      challenger: toWord(dispute.challenger),
      arbiter: BigInt(dispute.arbiter),
      verdict: BigInt(dispute.verdict),
      openedAt: BigInt(dispute.openedAt),
      evidenceBy: BigInt(dispute.evidenceBy),
      revealBy: BigInt(dispute.revealBy),
      seedBlock: BigInt(dispute.seedBlock),
      upheldVotes: BigInt(upheld),
      rejectedVotes: BigInt(votes.length - upheld),
      bond: rules.court.challengeBond,
    });
    for (const [juror, vote] of dispute.jury)
      look(court, disputeCourtAbi, "voteOf", [id, juror], {
        commitment: toWord(vote.commitment),
        drawn: 1n,
        revealed: BigInt(vote.revealed),
        upheld: BigInt(vote.upheld),
      });
  }
  return probes;
}

function reservationIn(ledger: Ledger, key: string): Record<string, bigint> {
  const promise = ledger.reserved.get(key);
  const { amount = NONE, until = 0, first = 0 } = promise ?? {};
  let used = NONE;
  for (const nonce of promise?.used ?? []) if (nonce >= first) used |= 1n << BigInt(nonce - first);
  return { amount, until: BigInt(until), first: BigInt(first), used };
}

function earnedIn(ledger: Ledger, keeper: Keeper, node: Address): Record<string, bigint> {
  const { own, pool, drawBlock, drawTime } = earnedOf(ledger, keeper, node);
  return { own, pool, drawBlock: BigInt(drawBlock), drawTime: BigInt(drawTime) };
}

function recordOf(entry: Entry | undefined): Record<string, bigint> {
  const { state = 0, evidence = 0, clock = 0, holdsFeeOnly = false } = entry ?? {};
  return {
    state: BigInt(state),
    evidence: BigInt(evidence),
    clock: BigInt(clock),
    escrow: BigInt(holdsFeeOnly),
    subject: entry === undefined ? NONE : subjectWord(entry),
  };
}

const encoded = new Map<string, Hex>();

/** Most views are the same after every command. */
function encode(to: Address, abi: Abi, functionName: string, args: readonly unknown[]): Hex {
  const key = [to, functionName, ...args].join(" ");
  const data = encoded.get(key) ?? encodeFunctionData({ abi, functionName, args });
  encoded.set(key, data);
  return data;
}

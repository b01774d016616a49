// SPDX-License-Identifier: MIT
// Commands as the transactions that carry them out.
import {
  type Abi,
  type Address,
  encodeFunctionData,
  type Hex,
  parseAbi,
  parseSignature,
  signatureToCompactSignature,
} from "viem";

import {
  disputeCourtAbi as courtAbi,
  enclaveRegistryAbi,
  inferenceMarketAbi as marketAbi,
  nodeRegistryAbi,
  orderSettlerAbi as ordersAbi,
} from "../../src/abi/index.ts";
import { hashOrder, orderDomain, resultBinding } from "../../src/protocol/index.ts";
import type { WorldProver } from "../../scripts/bench/gas/prover.ts";
import type { Command } from "./command.ts";
import type { Deployment } from "./deploy.ts";
import type { Piece } from "./evidence.ts";
import { idOf } from "./ids.ts";
import type { Order } from "./orders.ts";

const GUARDIAN = parseAbi(["function pause()", "function unpause()"]);

/** A transaction without who sends it. */
export interface Transaction {
  to: Address;
  data: Hex;
}

/** A contract, its function, and the arguments. */
type ContractCall = readonly [to: Address, abi: Abi, name: string, args: readonly unknown[]];

/** Turns commands into transactions; makes the signatures and proofs that they name. */
export function createEncoder(deployment: Deployment, prover: WorldProver) {
  const { rules, keys, enclaves, measurement } = deployment;
  const { market, orders, nodes, court } = rules.contracts;
  const made = new Map<string, Promise<Hex>>();
  /** Deterministic, and needed again when a sequence is shrunk. */
  const once = (key: string, make: () => Promise<Hex>): Promise<Hex> => {
    const bytes = made.get(key) ?? make();
    made.set(key, bytes);
    return bytes;
  };
  const sign = (key: Address, hash: Hex): Promise<Hex> =>
    once(`${key} ${hash}`, async () => {
      const account = keys.get(key);
      if (account === undefined) throw new RangeError(`no key of ${key}`);
      return account.sign({ hash });
    });
  const toBytes = async (piece: Piece): Promise<Hex> => {
    if (piece.form === "empty") return "0x";
    if (piece.form === "signature") return sign(piece.key, piece.digest);
    return once(`proof ${piece.digest}`, () => prover.prove(resultBinding(piece.digest)));
  };
  const toOrder = async ({ signer, ...order }: Order) => {
    const signature = parseSignature(
      await sign(
        signer,
        hashOrder(orderDomain({ chainId: rules.domain.chainId, settler: orders }), order.request),
      ),
    );
    const { r, yParityAndS: vs } = signatureToCompactSignature(signature);
    return { ...order, r, vs };
  };

  const callOf = async (command: Command): Promise<ContractCall> => {
    const inMarket = (name: string, ...args: unknown[]) => [market, marketAbi, name, args] as const;
    const inOrders = (name: string, ...args: unknown[]) => [orders, ordersAbi, name, args] as const;
    const inCourt = (name: string, ...args: unknown[]) => [court, courtAbi, name, args] as const;
    const { call } = command;
    switch (call) {
      case "deposit":
        return inMarket(call, command.account, command.amount);
      case "withdraw":
      case "transfer":
        return inMarket(call, command.to, command.amount);
      case "reserve":
        return inOrders(call, command.node, command.amount, command.until, command.signer);
      case "release":
        return inOrders(call, command.node, command.signer);
      case "open":
        return inMarket("openRequest", command.request);
      case "cancel":
      case "accept":
        return inMarket(call, command.request);
      case "fulfil":
      case "rescue":
      case "prove": {
        const { request, result, kind, evidence } = command;
        return inMarket(call, request, result, kind, await toBytes(evidence));
      }
      case "finalize":
      case "refund":
        return inMarket(call, command.request, command.result);
      case "collect":
      case "payPool":
        return command.keeper === "market"
          ? inMarket(call, command.node)
          : inOrders(call, command.node);
      case "settleOrder":
        return inOrders(
          "fulfilOrder",
          await toOrder(command.order),
          await toBytes(command.evidence),
        );
      case "settleOrders": {
        const { shared } = command;
        const all = await Promise.all(command.orders.map(toOrder));
        const evidence = await Promise.all(command.evidence.map(toBytes));
        const signature = shared === undefined ? "0x" : await sign(shared.key, shared.digest);
        return inOrders("fulfilOrders", all, evidence, signature);
      }
      case "finalizeClaims":
        return inOrders(call, command.node, command.modelId, command.dataNode, command.root);
      case "extractClaim":
        return inOrders(call, command.request, command.result, command.root, command.proof);
      case "commitChallenge":
        return inCourt(call, command.commitment);
      case "challenge":
        return inCourt(call, command.request, command.result, command.claim, command.salt);
      case "decide": {
        const { request, result, proved, evidence } = command;
        return inCourt(call, request, result, proved, await toBytes(evidence));
      }
      case "drawJury":
        return inCourt(call, command.request);
      case "commitVote":
        return inCourt(call, idOf(rules.domain, command.request), command.commitment);
      case "revealVote": {
        const { request, outputCommitment, units, salt } = command;
        return inCourt(call, request, outputCommitment, units, salt);
      }
      case "conclude":
        return inCourt(call, command.request, command.result);
      case "optIn":
      case "optOut":
        return [nodes, nodeRegistryAbi, call, [command.modelId, command.amount]];
      case "pause":
      case "unpause":
        return [market, GUARDIAN, call, []];
      case "revokeMeasurement":
        return [enclaves, enclaveRegistryAbi, call, [command.modelId, measurement]];
      case "mine":
        throw new RangeError("mining is no transaction");
    }
  };
  return {
    transactionOf: async (command: Command): Promise<Transaction> => {
      const [to, abi, functionName, args] = await callOf(command);
      return { to, data: encodeFunctionData({ abi, functionName, args }) };
    },
    /** Drops what was made for a sequence that is over. */
    forget: () => made.clear(),
  };
}

// SPDX-License-Identifier: MIT
// Orders that settle without a record, and claims under one root.
import { type Address, type Hex, keccak256, zeroAddress } from "viem";

import { Evidence, hashResults, merkleProof, NO_EVIDENCE } from "../../src/protocol/index.ts";
import type { Chance } from "./chance.ts";
import type { Habits } from "./habits.ts";
import { digestOf } from "./ids.ts";
import type { Order } from "./orders.ts";
import type { Proposals } from "./proposal.ts";
import type { Scene } from "./scene.ts";

export function proposeOrders(
  scene: Scene,
  chance: Chance,
  habits: Habits,
): Proposals<"settleOrder" | "settleOrders" | "finalizeClaims" | "extractClaim"> {
  const { rules, modelIds, nodes } = scene;
  const { domain, market } = rules;
  const { stranger } = scene.people;
  const { mostly, near, promiseIn, orderFrom, evidenceOf } = habits;
  /** Claims can be extracted later. */
  const noted = (order: Order, by: Address): Order => {
    const { request, outputCommitment, units } = order;
    const result = { outputCommitment, units, node: by };
    scene.claimed.set(digestOf(domain, request, result), { request, result });
    return order;
  };

  return {
    settleOrder: (ledger) => {
      const promise = promiseIn(ledger);
      if (promise === undefined) return undefined;
      const { client, node, signer } = promise;
      const isNew = scene.requests.length === 0 || chance.happens(0.93);
      const request = isNew
        ? scene.newRequest(ledger, { client, node })
        : chance.pick(scene.requests);
      const order = orderFrom(request, signer);
      const by = mostly(node);
      return { call: "settleOrder", by, order: noted(order, by), evidence: evidenceOf(order, by) };
    },
    settleOrders: (ledger) => {
      const promise = promiseIn(ledger);
      if (promise === undefined) return undefined;
      const { node } = promise;
      const by = mostly(node);
      // Results of the last model are never final at once, so it has nothing to bring together.
      const modelId = chance.pick(chance.happens(0.95) ? modelIds.slice(0, -1) : modelIds);
      const { dataNode, dataCommitment } = scene.newRequest(ledger, {
        client: promise.client,
        node,
      });
      const orders: Order[] = [];
      const count = chance.happens(0.03) ? 0 : chance.between(1, 5);
      while (orders.length < count) {
        const { client, signer } = chance.happens(0.5) ? promise : (promiseIn(ledger) ?? promise);
        const isAlike = chance.happens(0.95);
        const like = isAlike ? { modelId, dataNode, dataCommitment } : {};
        const lax = chance.happens(0.6) ? { requiredEvidence: NO_EVIDENCE } : {};
        const consumer = chance.happens(0.95) ? { consumer: zeroAddress, callbackGas: 0 } : {};
        const isNew = chance.happens(0.95);
        const request = isNew
          ? scene.newRequest(ledger, { client, node, ...like, ...lax, ...consumer })
          : chance.pick(scene.requests);
        orders.push(noted(orderFrom(request, signer), by));
      }
      const isShared = chance.happens(0.5);
      const evidence = orders.map((order) =>
        isShared && order.kind === Evidence.TEE
          ? ({ form: "empty" } as const)
          : evidenceOf(order, by),
      );
      while (evidence.at(-1)?.form === "empty" && chance.happens(0.7)) evidence.pop();
      if (chance.happens(0.02))
        while (evidence.length <= orders.length) evidence.push({ form: "empty" });
      const unsigned = orders.flatMap((order, index) =>
        order.kind === Evidence.TEE && (evidence[index]?.form ?? "empty") === "empty"
          ? [digestOf(domain, order.request, { ...order, node: by })]
          : [],
      );
      const own = [...rules.enclaves].filter(
        ([, key]) => key.node === by && key.modelId === modelId,
      );
      const [key] = chance.pickOr(own, chance.pick([...rules.enclaves]));
      const digests = chance.happens(0.95) ? unsigned : [...unsigned, keccak256("0x")];
      const shared = unsigned.length > 0 && { key, digest: hashResults(digests) };
      return { call: "settleOrders", by, orders, evidence, ...(shared && { shared }) };
    },
    finalizeClaims: (ledger) => {
      const all = [...ledger.claims];
      if (all.length === 0) return undefined;
      const [key, { clock }] = chance.pick(all);
      const [node, modelId, dataNode, root] = key.split(" ") as [Address, Hex, Address, Hex];
      const named = chance.happens(0.95) ? node : chance.pick(nodes);
      const time = clock + market.challengeWindow;
      return {
        call: "finalizeClaims",
        by: stranger,
        node: named,
        modelId,
        dataNode,
        root,
        near: time,
      };
    },
    extractClaim: (ledger) => {
      const all = [...ledger.claims];
      if (all.length === 0) return undefined;
      const [key, { clock, leaves }] = chance.pick(all);
      const root = key.split(" ")[3] as Hex;
      const leaf = chance.between(0, leaves.length - 1);
      const claim = scene.claimed.get(leaves[leaf] as Hex);
      if (claim === undefined) return undefined;
      const isRight = chance.happens(0.93);
      const proof = isRight ? merkleProof(leaves, leaf) : [keccak256(root)];
      const time = chance.happens(0.3) ? clock + market.challengeWindow : undefined;
      return { call: "extractClaim", by: stranger, ...claim, root, proof, ...near(time) };
    },
  };
}

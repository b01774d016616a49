// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { encodeErrorResult, zeroAddress, zeroHash } from "viem";

import { orderSettlerAbi } from "../../../src/abi/index.ts";
import type { ChainEvent } from "../../../src/node/events.ts";
import type { Head } from "../../../src/node/follower/index.ts";
import type { Answers } from "../../../src/node/inference/answers.ts";
import { Orders } from "../../../src/node/inference/orders.ts";
import type { Shared } from "../../../src/node/shared.ts";
import { assayDomain, hashRequest } from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { makeRequest } from "../../protocol/fixtures.ts";

const deployment = { chainId: 31337, market: zeroAddress, orderSettler: zeroAddress };
const request = makeRequest();
const id = hashRequest(assayDomain(deployment), request);
const head: Head = { number: 9n, hash: zeroHash, timestamp: 1, confirmed: 9n, final: 9n };
const reason = encodeErrorResult({
  abi: orderSettlerAbi,
  errorName: "NonceUsed",
  args: [request.client, request.node, 1n],
});

/** One stored order of a node, and what it logs. */
async function makeOrders(knows = false) {
  const logged: Record<string, unknown>[] = [];
  const shared = {
    chain: { address: request.node, deployment },
    book: { knows: () => knows },
    logger: { warn: (line: Record<string, unknown>) => logged.push(line) },
    store: {
      list: () => [id],
      get: async () => toCanonicalJson({ request, signature: `0x${"11".repeat(65)}` }),
    },
  } as unknown as Shared;
  const orders = new Orders(shared, {} as Answers, 0n);
  await orders.load();
  return { orders, logged, left: () => [...orders.unsettled(head)].length };
}

const refused = (node: string) =>
  ({ eventName: "OrderRefused", args: { id, node, reason } }) as unknown as ChainEvent;

describe("Orders", () => {
  it("default: what the chain refuses is brought again, alone", async () => {
    const { orders, logged, left } = await makeOrders();
    expect(left(), "stored").to.equal(1);
    expect(orders.isRefused(id), "not refused").to.equal(false);
    orders.apply(refused(request.node));
    expect(left(), "refused").to.equal(1);
    expect(orders.isRefused(id), "to be brought alone").to.equal(true);
    expect(logged, "once").to.have.length(1);
    expect(logged[0]?.["reason"], "why").to.match(/This nonce was used/);
  });

  it("behavior: what another address is refused says nothing", async () => {
    const { orders } = await makeOrders();
    orders.apply(refused(zeroAddress));
    expect(orders.isRefused(id), "still to be brought with others").to.equal(false);
  });

  it("behavior: a reorganisation takes the refusal back", async () => {
    const { orders } = await makeOrders();
    orders.apply(refused(request.node));
    orders.reset();
    expect(orders.isRefused(id), "as before").to.equal(false);
  });
});

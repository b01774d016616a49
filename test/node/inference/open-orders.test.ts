// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { keccak256, toHex, zeroHash } from "viem";

import type { Head } from "../../../src/node/follower/index.ts";
import { OpenOrders } from "../../../src/node/inference/open-orders.ts";
import type { SignedOrder } from "../../../src/node/inference/orders.ts";
import type { RequestId } from "../../../src/protocol/index.ts";

const ID = keccak256(toHex("order")) as RequestId;
const DELIVER_BY = 1_000;
const order = { request: { deliverBy: DELIVER_BY } } as unknown as SignedOrder;

function headAt(number: bigint, timestamp = 1): Head {
  return { number, hash: zeroHash, timestamp, confirmed: number, final: number - 64n };
}

/** One order, and what is left to bring at a head. */
function makeOrders() {
  const orders = new OpenOrders();
  orders.keep(ID, order);
  const left = (head: Head, isKnown: boolean) => [...orders.unsettled(head, () => isKnown)].length;
  return { orders, left };
}

describe("OpenOrders", () => {
  it("default: an order is brought until the chain knows it", () => {
    const { orders, left } = makeOrders();
    expect(left(headAt(100n), false), "not there").to.equal(1);
    expect(left(headAt(101n), true), "there").to.equal(0);
    expect(orders.size, "not counted any more").to.equal(0);
  });

  it("behavior: what is not stored yet counts, but is not brought", () => {
    const { orders, left } = makeOrders();
    orders.take(ID, order);
    expect(left(headAt(100n), false), "may be forgotten").to.equal(0);
    expect(orders.size, "its money is promised").to.equal(1);
    orders.keep(ID, order);
    expect(left(headAt(101n), false), "stored").to.equal(1);
    orders.take(ID, order);
    orders.delete(ID);
    expect(orders.size, "refused").to.equal(0);
  });

  it("behavior: what a reorganisation takes back is brought again", () => {
    const { orders, left } = makeOrders();
    left(headAt(100n), true);
    expect(left(headAt(163n), false), "taken back").to.equal(1);
    expect(orders.size, "counted again").to.equal(1);
    expect(left(headAt(164n), true), "there again").to.equal(0);
  });

  it("behavior: what is final is forgotten, and what is too late", () => {
    const final = makeOrders();
    final.left(headAt(100n), true);
    expect(final.left(headAt(164n), true), "final").to.equal(0);
    expect(final.left(headAt(165n), false), "forgotten").to.equal(0);
    const late = makeOrders();
    late.left(headAt(100n), true);
    expect(late.left(headAt(101n, DELIVER_BY), false), "too late").to.equal(0);
  });
});

// SPDX-License-Identifier: MIT
// What the book makes of orders without a record: events come first, their requests are read later.
import { expect } from "chai";
import { type Hex, keccak256, toHex, zeroAddress } from "viem";

import type { BroughtOrder } from "../../src/client/orderCall.ts";
import type { ChainEvent } from "../../src/node/events.ts";
import { RequestBook } from "../../src/node/request-book.ts";
import { proofOf } from "../../src/node/settled-orders.ts";
import {
  assayDomain,
  Evidence,
  hashResult,
  merkleRoot,
  type RequestId,
  State,
} from "../../src/protocol/index.ts";
import { makeRequest, wordOf } from "../protocol/fixtures.ts";

const domain = assayDomain({ chainId: 31337, market: zeroAddress });
const idOf = (name: string): RequestId => keccak256(toHex(name));
const request = makeRequest();
const { node } = request;
const ROOT = wordOf("33");
const BLOCK = wordOf("22");

const event = (eventName: ChainEvent["eventName"], args: object, transactionHash: Hex) =>
  ({ eventName, args, transactionHash, blockHash: BLOCK, blockNumber: 5n }) as ChainEvent;
const result = { node, outputCommitment: wordOf("44"), units: 1 };
const settled = (name: string, hash = wordOf("01")) =>
  event("OrderSettled", { id: idOf(name), ...result }, hash);
const claimed = (names: string[], hash = wordOf("01")) => [
  ...names.map((name) => event("OrderClaimed", { id: idOf(name), ...result }, hash)),
  event(
    "ClaimsEntered",
    { root: ROOT, node, modelId: request.modelId, dataNode: zeroAddress, claims: { clock: 7 } },
    hash,
  ),
];
const final = event("ClaimsFinal", { root: ROOT, node }, wordOf("02"));
const extracted = (name: string) =>
  event("ClaimExtracted", { root: ROOT, id: idOf(name) }, wordOf("03"));
const opened = (name: string) => event("RequestOpened", { id: idOf(name), request }, wordOf("03"));

const brought = (name: string, kind: Evidence): BroughtOrder => ({
  id: idOf(name),
  order: { request, r: BLOCK, vs: BLOCK, outputCommitment: BLOCK, units: 1, kind },
  evidence: "0x",
  shared: undefined,
});
const bookOf = (...events: ChainEvent[]) => {
  const book = new RequestBook();
  for (const each of events) book.apply(each);
  return book;
};
const unreadIn = (book: RequestBook) => [...book.unread()].map(({ id }) => id);

describe("RequestBook: orders without a record", () => {
  it("default: known at once, and as a request once they are read", () => {
    const book = bookOf(settled("a"));
    expect(book.knows(idOf("a")), "known").to.equal(true);
    expect(book.get(idOf("a")), "not read").to.equal(undefined);
    expect(unreadIn(book), "to be read").to.deep.equal([idOf("a")]);
    book.learn(brought("a", Evidence.TEE), wordOf("01"));
    const tracked = book.get(idOf("a"));
    expect(tracked, "read").to.deep.include({ request, state: State.FINAL, evidence: 0b101 });
    expect(
      tracked?.pieces.map(({ kind }) => kind),
      "evidence",
    ).to.deep.equal([0, 2]);
    expect(unreadIn(book), "nothing is left").to.deep.equal([]);
  });

  it("behavior: claims become final together, without what was extracted", () => {
    const book = bookOf(...claimed(["a", "b", "c"]));
    for (const name of ["a", "b", "c"]) book.learn(brought(name, Evidence.VANILLA), wordOf("01"));
    const [claims] = book.openClaims();
    expect(claims?.left.size, "left").to.equal(3);
    const leaves = ["a", "b", "c"].map((name) =>
      hashResult(domain, { ...result, requestId: idOf(name) }),
    );
    expect(proofOf(claims!, idOf("c"), domain), "the third is beside the pair").to.deep.equal([
      merkleRoot(leaves.slice(0, 2)),
    ]);
    expect(book.get(idOf("a"))?.state, "claimed").to.equal(State.DELIVERED);

    book.apply(extracted("b"));
    book.apply(opened("b"));
    expect(book.get(idOf("b"))?.order, "the market's").to.equal(undefined);
    book.apply(final);
    expect(book.get(idOf("a"))?.state, "final").to.equal(State.FINAL);
    expect(book.get(idOf("b"))?.state, "as the market has it").to.equal(State.OPEN);
    expect([...book.openClaims()], "nothing is open").to.deep.equal([]);
  });

  it("behavior: a reorganisation needs no second reading, unless another transaction brings it", () => {
    const book = bookOf(settled("a"));
    book.learn(brought("a", Evidence.TEE), wordOf("01"));
    book.reset();
    expect(book.knows(idOf("a")), "taken back").to.equal(false);
    book.apply(settled("a"));
    expect(book.get(idOf("a"))?.state, "back").to.equal(State.FINAL);
    book.reset();
    book.apply(settled("a", wordOf("09")));
    expect(unreadIn(book), "by another transaction").to.deep.equal([idOf("a")]);
    book.learn(brought("a", Evidence.TEE), wordOf("01"));
    expect(book.get(idOf("a")), "what was read of the old one").to.equal(undefined);
  });

  it("behavior: what cannot be read is not asked for again", () => {
    const book = bookOf(settled("a"), settled("b", wordOf("02")));
    book.giveUp(wordOf("01"));
    expect(unreadIn(book), "the other").to.deep.equal([idOf("b")]);
  });

  it("behavior: forgotten after their dates, unread ones at the second look, then their root", () => {
    const book = bookOf(...claimed(["a", "b"]), final);
    book.learn(brought("a", Evidence.VANILLA), wordOf("01"));
    const { refundAfter } = request;
    expect(book.endedBefore(refundAfter), "the first look").to.deep.equal([]);
    expect(book.endedBefore(refundAfter), "the second").to.deep.equal([idOf("b")]);
    book.forget(idOf("b"));
    expect(book.endedBefore(refundAfter + 1), "its date").to.deep.equal([idOf("a")]);
    book.forget(idOf("a"));
    expect(book.endedBefore(refundAfter + 1), "the root").to.deep.equal([ROOT]);
    book.forget(ROOT);
    expect(book.endedBefore(refundAfter + 1), "nothing").to.deep.equal([]);
  });
});

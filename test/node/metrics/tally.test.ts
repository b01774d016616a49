// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { getAddress, keccak256, toHex, zeroAddress } from "viem";

import type { ChainEvent } from "../../../src/node/events.ts";
import { Tally } from "../../../src/node/metrics/tally.ts";
import { requiredEvidenceOf, Verdict } from "../../../src/protocol/index.ts";

const NODE = getAddress(`0x${"aa".repeat(20)}`);
const OTHER = getAddress(`0x${"bb".repeat(20)}`);
const idOf = (name: string) => keccak256(toHex(name));

const event = (eventName: ChainEvent["eventName"], args: unknown) =>
  ({ eventName, args }) as ChainEvent;
const opened = (name: string, node: string = NODE, path: "vanilla" | "zkml" = "zkml") =>
  event("RequestOpened", {
    id: idOf(name),
    request: { node, requiredEvidence: requiredEvidenceOf([path]) },
  });
const delivered = (name: string, node: string = NODE) =>
  event("ResultDelivered", { id: idOf(name), node });
const final = (name: string, node: string = NODE) =>
  event("RequestFinal", { id: idOf(name), node, payout: { inference: 90n, verification: 10n } });
const poolPaid = (node: string, checker: string) =>
  event("PoolPaid", { node, checker, amount: 10n });
const challenged = (name: string, challenger: string = OTHER) =>
  event("ChallengeOpened", { id: idOf(name), challenger });
const resolved = (name: string, verdict: Verdict) =>
  event("ChallengeResolved", { id: idOf(name), verdict });

const tallyOf = (...events: ChainEvent[]) => {
  const tally = new Tally(NODE);
  for (const each of events) tally.apply(each);
  return tally;
};

describe("Tally", () => {
  it("default", () => {
    const { requests, earned } = tallyOf(
      opened("a"),
      delivered("a"),
      final("a"),
      opened("b", zeroAddress, "vanilla"),
      event("RequestAccepted", { id: idOf("b"), node: NODE }),
      event("RequestRefunded", { id: idOf("b") }),
      opened("c", zeroAddress),
      delivered("c"),
      event("RequestRejected", { id: idOf("c"), node: NODE }),
    ).sample(0);
    expect(requests.zkml, "zkml").to.deep.equal({
      delivered: 2,
      final: 1,
      rejected: 1,
      refunded: 0,
    });
    expect(requests.vanilla, "vanilla").to.include({ delivered: 0, refunded: 1 });
    expect(earned, "earned").to.deep.equal({ inference: 90n, verification: 0n });
  });

  it("behavior: others' requests are not counted, but a share of them may be earned", () => {
    const { requests, earned } = tallyOf(
      opened("a", OTHER),
      delivered("a", OTHER),
      final("a", OTHER),
      poolPaid(OTHER, NODE),
      poolPaid(NODE, OTHER),
    ).sample(0);
    expect(requests.zkml, "requests").to.include({ delivered: 0, final: 0 });
    expect(earned, "earned").to.deep.equal({ inference: 0n, verification: 10n });
  });

  it("behavior: a challenge is won by who was right, also when the request ended before its verdict's event", () => {
    const { challenges, slashed } = tallyOf(
      opened("upheld"),
      delivered("upheld"),
      challenged("upheld"),
      final("upheld"),
      resolved("upheld", Verdict.UPHELD),
      opened("wrong", OTHER),
      delivered("wrong", OTHER),
      challenged("wrong", NODE),
      event("NodeSlashed", { node: OTHER, amount: 5n }),
      resolved("wrong", Verdict.REJECTED),
      opened("silent"),
      delivered("silent"),
      challenged("silent"),
      resolved("silent", Verdict.UNDECIDED),
      opened("lost"),
      delivered("lost"),
      challenged("lost"),
      event("NodeSlashed", { node: NODE, amount: 7n }),
      resolved("lost", Verdict.REJECTED),
      opened("open"),
      delivered("open"),
      challenged("open"),
    ).sample(0);
    expect(challenges.made, "made").to.deep.equal({
      opened: 1,
      won: 1,
      lost: 0,
      undecided: 0,
      open: 0,
    });
    expect(challenges.received, "received").to.deep.equal({
      opened: 4,
      won: 1,
      lost: 1,
      undecided: 1,
      open: 1,
    });
    expect(slashed, "own stake").to.equal(7n);
  });

  it("behavior: folded again after a reset it is the same", () => {
    const events = [opened("a"), delivered("a"), challenged("a"), final("a")];
    const tally = tallyOf(...events);
    const before = tally.sample(18);
    tally.reset();
    expect(tally.sample(18), "empty").to.deep.equal(new Tally(NODE).sample(18));
    for (const each of events) tally.apply(each);
    expect(tally.sample(18), "again").to.deep.equal(before);
  });
});

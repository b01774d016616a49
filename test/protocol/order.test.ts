// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { type Address, zeroAddress } from "viem";

import {
  Evidence,
  isNonceFree,
  nextNonce,
  NONCE_WINDOW,
  requiredEvidenceOf,
} from "../../src/protocol/index.ts";
import { leavesNoRecord } from "../../src/protocol/order.ts";

describe("isNonceFree and nextNonce", () => {
  it("default: what is below the window or flagged is used", () => {
    const reservation = { first: 10, used: 0b101n };
    const free = [9n, 10n, 11n, 12n, 13n].map((nonce) => isNonceFree(reservation, nonce));
    expect(free, "9 to 13").to.deep.equal([false, false, true, false, true]);
    expect(nextNonce(reservation), "the lowest").to.equal(11n);
    expect(nextNonce({ first: 0, used: 0n }), "of a new one").to.equal(0n);
  });

  it("behavior: above the window all are free, up to 40 bits", () => {
    const full = { first: 3, used: 2n ** NONCE_WINDOW - 1n };
    expect(nextNonce(full), "a full window").to.equal(3n + NONCE_WINDOW);
    expect(isNonceFree(full, 2n ** 40n - 1n), "the last").to.equal(true);
    expect(isNonceFree(full, 2n ** 40n), "one more").to.equal(false);
  });
});

describe("leavesNoRecord", () => {
  const of = (
    paths: ("zkml" | "tee")[],
    kind: Evidence,
    teeWindow = 0,
    consumer: Address = zeroAddress,
  ) => leavesNoRecord({ consumer, requiredEvidence: requiredEvidenceOf(paths) }, kind, teeWindow);

  it("default: a claim, or evidence that is final at once", () => {
    expect(of([], Evidence.VANILLA), "a claim").to.equal(true);
    expect(of(["tee"], Evidence.TEE), "a signature").to.equal(true);
    expect(of([], Evidence.ZKML), "a proof that nobody asked for").to.equal(true);
  });

  it("behavior: evidence to come, a window or a consumer needs one", () => {
    expect(of(["zkml"], Evidence.VANILLA), "a proof to come").to.equal(false);
    expect(of(["tee", "zkml"], Evidence.TEE), "another proof to come").to.equal(false);
    expect(of(["tee"], Evidence.TEE, 60), "a window").to.equal(false);
    expect(of(["tee"], Evidence.TEE, 0, `0x${"11".repeat(20)}`), "a consumer").to.equal(false);
  });
});

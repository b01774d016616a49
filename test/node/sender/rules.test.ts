// SPDX-License-Identifier: MIT
// The rules that need no chain: prices, nonces, how long to wait.
import { expect } from "chai";
import * as fc from "fast-check";
import { HttpRequestError, parseGwei } from "viem";

import { RpcFailedError } from "../../../src/client/errors.ts";
import { quoteFees, raiseFees } from "../../../src/node/sender/fees.ts";
import { missingNonces, nextNonce } from "../../../src/node/sender/nonces.ts";
import { backOff } from "../../../src/node/sender/retry.ts";

const wei = fc.bigInt({ min: 1n, max: parseGwei("100000") });
const market = fc.record({ baseFee: wei, tip: wei });

describe("quoteFees", () => {
  it("default: good for six full blocks", () => {
    const fees = quoteFees({ baseFee: 100n, tip: 3n }, undefined);
    expect(fees, "fees").to.deep.equal({ maxFeePerGas: 203n, maxPriorityFeePerGas: 3n });
  });

  it("behavior: never above the cap, and enough for the next block", () => {
    const property = fc.property(market, wei, (asked, cap) => {
      const fees = quoteFees(asked, cap);
      if (fees === undefined) return cap < asked.baseFee + asked.tip;
      return fees.maxFeePerGas <= cap && fees.maxFeePerGas >= asked.baseFee + asked.tip;
    });
    fc.assert(property, { seed: 1 });
  });
});

describe("raiseFees", () => {
  it("default: an eighth more of both, or what the chain asks", () => {
    const old = { maxFeePerGas: 800n, maxPriorityFeePerGas: 80n };
    expect(raiseFees(old, { baseFee: 1n, tip: 1n }, undefined), "an eighth").to.deep.equal({
      maxFeePerGas: 901n,
      maxPriorityFeePerGas: 91n,
    });
    expect(raiseFees(old, { baseFee: 1_000n, tip: 5n }, undefined), "asked").to.deep.equal({
      maxFeePerGas: 2_005n,
      maxPriorityFeePerGas: 91n,
    });
  });

  it("behavior: at least 12.5 % more of both, never above the cap, tip within the fee", () => {
    const property = fc.property(market, market, wei, (signed, asked, cap) => {
      const old = quoteFees(signed, undefined);
      const raised = old && raiseFees(old, asked, cap);
      if (old === undefined || raised === undefined) return true;
      return (
        raised.maxFeePerGas * 8n >= old.maxFeePerGas * 9n &&
        raised.maxPriorityFeePerGas * 8n >= old.maxPriorityFeePerGas * 9n &&
        raised.maxPriorityFeePerGas <= raised.maxFeePerGas &&
        raised.maxFeePerGas <= cap
      );
    });
    fc.assert(property, { seed: 1 });
  });

  it("error: a cap below an eighth more", () => {
    const old = { maxFeePerGas: 800n, maxPriorityFeePerGas: 80n };
    expect(raiseFees(old, { baseFee: 1n, tip: 1n }, 900n), "fees").to.equal(undefined);
  });
});

describe("nextNonce", () => {
  it("default: after its own and after those of others", () => {
    expect(nextNonce(undefined, 0n), "new key").to.equal(0n);
    expect(nextNonce(undefined, 7n), "known to the chain").to.equal(7n);
    expect(nextNonce(9n, 7n), "own under way").to.equal(10n);
    expect(nextNonce(6n, 7n), "all mined").to.equal(7n);
    expect(nextNonce(3n, 7n), "others used some").to.equal(7n);
  });
});

describe("missingNonces", () => {
  it("default: what holds up the highest open one", () => {
    expect(missingNonces([], 5n, 16), "nothing open").to.deep.equal([]);
    expect(missingNonces([5n, 6n], 5n, 16), "no gap").to.deep.equal([]);
    expect(missingNonces([5n, 8n], 4n, 16), "gaps").to.deep.equal([4n, 6n, 7n]);
    expect(missingNonces([3n], 5n, 16), "mined").to.deep.equal([]);
    expect(missingNonces([1_000_000n], 0n, 3), "bounded").to.deep.equal([0n, 1n, 2n]);
  });
});

describe("backOff", () => {
  it("default: doubles with jitter up to 15 seconds", () => {
    expect(
      backOff(1, undefined, () => 1),
      "first",
    ).to.equal(250);
    expect(
      backOff(3, undefined, () => 0),
      "least",
    ).to.equal(500);
    expect(
      backOff(40, undefined, () => 1),
      "longest",
    ).to.equal(15_000);
  });

  it("behavior: as long as the RPC asks for, a minute at most", () => {
    const asked = (value: string) => {
      const headers = new Headers({ "Retry-After": value });
      const cause = new HttpRequestError({ url: "http://rpc.test", status: 429, headers });
      return backOff(1, new RpcFailedError("eth_call", "busy", cause), () => 0);
    };
    expect(asked("7"), "seconds").to.equal(7_000);
    expect(asked("86400"), "a day").to.equal(60_000);
    expect(asked("soon"), "nonsense").to.equal(125);
  });
});

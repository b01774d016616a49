// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { createPublicClient, http } from "viem";

import { run } from "./assay.ts";

interface DemoSummary {
  chainId: number;
  rpcUrl: string;
  requests: {
    id: string;
    path: string;
    outcome: string;
    digit: number | null;
    resultMs: number | null;
    finalMs: number;
    gas: number;
  }[];
}

describe("assay demo --json", () => {
  it("default: three final, one rejected, one refunded", async function () {
    this.timeout(180_000);
    const { code, stdout, stderr } = await run(["demo", "--json"]);
    expect(code, `exit code; standard error: ${stderr}`).to.equal(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length, "lines on standard output").to.equal(1);
    const { chainId, rpcUrl, requests } = JSON.parse(lines.at(-1) ?? "") as DemoSummary;
    expect(chainId, "chain").to.equal(31_337);
    expect(
      requests.map(({ path, outcome }) => `${path} ${outcome}`),
      "outcomes",
    ).to.deep.equal([
      "vanilla final",
      "zkml final",
      "tee final",
      "vanilla rejected",
      "vanilla refunded",
    ]);
    expect(
      requests.map(({ digit }) => digit),
      "answers: the lie is one too high, the last has none",
    ).to.deep.equal([7, 3, 5, 9, null]);
    for (const { id, outcome, resultMs, finalMs, gas } of requests) {
      expect(id, "request id").to.match(/^0x[0-9a-f]{64}$/);
      expect(gas, "gas").to.be.greaterThan(21_000);
      if (outcome === "refunded") expect(resultMs, "no answer").to.equal(null);
      else expect(resultMs, "answered before the end").to.be.within(1, finalMs);
    }
    expect(new Set(requests.map(({ id }) => id)).size, "different ids").to.equal(requests.length);
    const chain = createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }) });
    const isUp = await chain.getChainId().then(
      () => true,
      () => false,
    );
    expect(isUp, "its chain is stopped").to.equal(false);
  });
});

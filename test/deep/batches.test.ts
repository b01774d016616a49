// SPDX-License-Identifier: MIT
// A thousand receipts in one batch, from the clients' first signatures to the last check. `npm test` has a hundred.
import { expect } from "chai";

import { Evidence } from "../../src/protocol/index.ts";
import { ensureCircuit } from "../../src/zkml/index.ts";
import { runVerify, settleBatch } from "../node/batches/settle-batch.ts";

const RECEIPTS = 1_000;

describe("a batch of a thousand receipts", () => {
  it("default: every path, twelve clients, each receipt verified", async function () {
    this.timeout(1_200_000);
    await ensureCircuit({ circuit: "digits" });
    const startedAt = performance.now();
    const settled = await settleBatch({ clients: 12, receipts: RECEIPTS, claims: 10, proofs: 2 });
    const { world, documents, took } = settled;
    try {
      expect(documents.length, "receipts that were verified").to.equal(RECEIPTS);
      for (const kind of Object.values(Evidence)) {
        const document = documents.find(({ receipt }) => receipt.kind === kind);
        if (document === undefined) throw new RangeError(`no receipt of kind ${kind}`);
        const { ok, checks } = await runVerify(world, document);
        expect(ok, JSON.stringify(checks)).to.equal(true);
      }
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      process.stdout.write(`      ${RECEIPTS} receipts in ${seconds} s: ${JSON.stringify(took)}\n`);
    } finally {
      await world.close();
    }
  });
});

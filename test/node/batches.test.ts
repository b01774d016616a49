// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { settleBatch } from "./batches/settle-batch.ts";

describe("batches of receipts", () => {
  it("default: receipts of ten clients settle in one batch", async function () {
    this.timeout(400_000);
    const settled = await settleBatch({ clients: 10, receipts: 100, claims: 4, proofs: 0 });
    try {
      expect(settled.documents.length, "documents").to.equal(100);
    } finally {
      await settled.world.close();
    }
  });
});

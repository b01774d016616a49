// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { parseEther } from "viem";

import type { Receipt } from "../../src/protocol/receipt.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { explanationOf } from "./reports.ts";
import { settle } from "./settle.ts";
import { closeWorld, createWorld, type World } from "./world.ts";

describe("verifyReceipt: terms of model and market", () => {
  let world: World;

  before(async () => {
    world = await createWorld();
  });
  after(() => closeWorld(world));

  it("error: each broken term is named by the check it belongs to", async () => {
    const { chain, deployment } = world;
    const { id } = await settle(world, "tee");
    const receipt = await buildReceipt(chain, { deployment, requestId: id });
    const { request, result, payout } = receipt;
    const cases: [string, Partial<Receipt>, string, RegExp][] = [
      ["units", { result: { ...result, units: 2 } }, "model", /charges 2 units, the model has 1/],
      [
        "value",
        { request: { ...request, declaredValue: parseEther("101") } },
        "model",
        /above the model's cap/,
      ],
      [
        "escrow",
        { request: { ...request, maxFee: request.maxFee + 1n } },
        "payment",
        /The request's maximum fee was 3000000000000000000, the receipt says 3000000000000000001/,
      ],
      [
        "shares",
        { payout: { ...payout, refund: payout.refund - 1n } },
        "payment",
        /but the market paid/,
      ],
    ];
    for (const [label, changes, name, reason] of cases) {
      const report = await verifyReceipt(chain, {
        deployment,
        receipt: { ...receipt, ...changes },
      });
      expect(report.ok, label).to.equal(false);
      expect(explanationOf(report, name), `${label}: explanation`).to.match(reason);
    }
  });
});

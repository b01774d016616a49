// SPDX-License-Identifier: MIT
import { type Hex, hexToBigInt, numberToHex, slice } from "viem";

import { signResult } from "../../src/client/index.ts";
import type { Receipt } from "../../src/protocol/receipt.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { expectRefuted, expectValid } from "./reports.ts";
import { settle } from "./settle.ts";
import { closeWorld, createWorld, type World } from "./world.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("verifyReceipt: the node's signature", () => {
  let world: World;
  let receipt: Receipt;
  const verify = (resultSignature: Hex) =>
    verifyReceipt(world.chain, {
      deployment: world.deployment,
      receipt: { ...receipt, resultSignature },
    });

  before(async () => {
    world = await createWorld();
    const { chain, deployment } = world;
    const { id } = await settle(world, "vanilla");
    receipt = await buildReceipt(chain, { deployment, requestId: id });
  });
  after(() => closeWorld(world));

  it("default: is the node's own", async () => {
    expectValid(await verify(receipt.resultSignature), "node");
  });

  it("error: its operator cannot sign for it, nor anybody else", async () => {
    const { deployment, wallets } = world;
    const result = { requestId: receipt.requestId, ...receipt.result };
    const byOperator = await signResult(wallets.operator, { deployment, result });
    expectRefuted(
      await verify(byOperator),
      "binding",
      /by the node's operator, not by/,
      "operator",
    );
    const byClient = await signResult(wallets.client, { deployment, result });
    expectRefuted(await verify(byClient), "binding", /signed by 0x.*, not by the node/, "client");
    const other = { ...result, units: 2 };
    const ofOther = await signResult(wallets.node, { deployment, result: other });
    expectRefuted(await verify(ofOther), "binding", /not by the node/, "another result");
  });

  it("error: a signature has one form only", async () => {
    const { resultSignature } = receipt;
    const v = Number(slice(resultSignature, 64, 65));
    const head = resultSignature.slice(0, -2);
    const tail = (value: number) => `${head}${numberToHex(value, { size: 1 }).slice(2)}` as Hex;
    expectRefuted(await verify(tail(v - 27)), "binding", /instead of 27 or 28/, "v 0 or 1");
    expectRefuted(await verify(tail(v === 27 ? 28 : 27)), "binding", /./, "the other v");

    const r = slice(resultSignature, 0, 32);
    const s = numberToHex(ORDER - hexToBigInt(slice(resultSignature, 32, 64)), { size: 32 });
    const flipped = `${r}${s.slice(2)}${v === 27 ? "1c" : "1b"}` as Hex;
    expectRefuted(await verify(flipped), "binding", /high s/, "high s");
    const zero = `0x${"00".repeat(64)}1b` as Hex;
    expectRefuted(await verify(zero), "binding", /no valid signature/, "zero");
  });
});

// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { createPublicClient, custom } from "viem";

import { RpcFailedError } from "../../src/client/errors.ts";
import { serializeReceipt, type Receipt } from "../../src/protocol/receipt.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { expectRefuted, expectValid } from "./reports.ts";
import { settle } from "./settle.ts";
import { closeWorld, createWorld, rejectionOf, type World } from "./world.ts";

const MEGABYTES_10 = 10 * 1024 * 1024;
/** Milliseconds within which the largest receipt must be judged on a busy machine. */
const PATIENCE_MS = 20_000;

describe("verifyReceipt: hostile receipts", () => {
  let world: World;
  let receipt: Receipt;
  let text: string;
  const verify = (given: unknown) =>
    verifyReceipt(world.chain, { deployment: world.deployment, receipt: given });

  before(async () => {
    world = await createWorld();
    const { id } = await settle(world, "tee");
    const { chain, deployment } = world;
    receipt = await buildReceipt(chain, { deployment, requestId: id });
    text = serializeReceipt(receipt);
  });
  after(() => closeWorld(world));

  it("error: what is no receipt fails the format and is not judged further", async () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const garbage: [string, unknown][] = [
      ["nothing", ""],
      ["no JSON", "PK\u0003\u0004"],
      ["null", "null"],
      ["an array", "[]"],
      ["a number", "17"],
      ["undefined", undefined],
      ["a function", () => receipt],
      ["a symbol", Symbol("receipt")],
      ["circular", circular],
      [
        "a getter that throws",
        {
          get version() {
            throw new Error("gotcha");
          },
        },
      ],
      ["cut short", text.slice(0, -1)],
      ["twice", text + text],
      ["another version", text.replace('"version":1', '"version":2')],
      ["a number as text", text.replace('"version":1', '"version":"1"')],
      ["a huge number", text.replace('"chainId":31337', '"chainId":1e999')],
      ["a negative number", text.replace('"chainId":31337', '"chainId":-31337')],
      ["a fraction", text.replace('"chainId":31337', '"chainId":31337.5')],
    ];
    for (const [label, given] of garbage) expectRefuted(await verify(given), "format", /./, label);
  });

  it("error: __proto__ and constructor are unknown fields like others", async () => {
    for (const key of ["__proto__", "constructor", "toString"]) {
      const polluted = `{"${key}":{"ok":true},${text.slice(1)}`;
      expectRefuted(await verify(polluted), "format", new RegExp(`${key}.*not known`), key);
      const inner = text.replace('"payout":{', `"payout":{"${key}":{},`);
      expectRefuted(await verify(inner), "format", /not known/, `${key} inside`);
      const replaced = text.replace('"version":1', `"${key}":{"version":1}`);
      expectRefuted(await verify(replaced), "format", /./, `${key} instead of a field`);
    }
    expect(({} as Record<string, unknown>)["ok"], "prototype of objects").to.equal(undefined);
  });

  it("error: depth does not exhaust the stack", async () => {
    const deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
    expectRefuted(await verify(deep), "format", /must be an object/, "arrays");
    const inside = text.replace('"state":"FINAL"', `"state":${deep}`);
    expectRefuted(await verify(inside), "format", /must be "FINAL"/, "arrays inside");
    let nested: unknown = {};
    for (let depth = 0; depth < 100_000; depth += 1) nested = { nested };
    expectRefuted(await verify(nested), "format", /./, "an object");
  });

  it("error: ten megabytes are judged at once, and more than the limit is not read", async () => {
    const zeros = "00".repeat(MEGABYTES_10 / 2);
    const cases: [string, Receipt, string, RegExp][] = [
      ["output", { ...receipt, output: `0x${zeros}` }, "binding", /The output has the commitment/],
      [
        "evidence",
        {
          ...receipt,
          evidence: receipt.evidence.with(1, { ...receipt.evidence[1]!, data: `0x${zeros}` }),
        },
        "evidence:tee",
        /not those of the transaction/,
      ],
      ["signature", { ...receipt, resultSignature: `0x${zeros}` }, "format", /65|bytes in hex/],
    ];
    for (const [label, large, name, reason] of cases) {
      const started = Date.now();
      expectRefuted(await verify(serializeReceipt(large)), name, reason, label);
      expect(Date.now() - started, `${label}: milliseconds`).to.be.lessThan(PATIENCE_MS);
    }
    const tooLarge = { ...receipt, output: `0x${zeros}${zeros}` as const };
    expectRefuted(await verify(tooLarge), "format", /at most 16777216 are read/, "over the limit");
  });

  it("behavior: what a stranger wrote reaches a terminal as one short printable line", async () => {
    const escape = `${"\u001b[2J\u202e\u0007\n".repeat(1_000)}`;
    const named = text.replace("{", `{${JSON.stringify(escape)}:1,`);
    const { checks } = await verify(named);
    expect(checks[0]?.explanation, "explanation").to.match(/^[\x20-\x7e]{10,330}$/);
  });

  it("error: an RPC that fails is no verdict", async () => {
    const { deployment } = world;
    const broken = createPublicClient({
      transport: custom(
        { request: () => Promise.reject(new Error("no route")) },
        { retryCount: 0 },
      ),
    });
    const error = await rejectionOf(verifyReceipt(broken, { deployment, receipt }));
    expect(error, "error").to.be.instanceOf(RpcFailedError);
    expectValid(await verify(receipt), "with a good one");
  });
});

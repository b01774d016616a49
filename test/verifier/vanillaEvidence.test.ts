// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { bytesToHex, type Hex } from "viem";

import { disputeCourtAbi } from "../../src/abi/disputeCourt.ts";
import { inferenceMarketAbi } from "../../src/abi/inferenceMarket.ts";
import { RpcFailedError } from "../../src/client/errors.ts";
import type { Receipt } from "../../src/protocol/receipt.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { contradictView } from "./contradictions.ts";
import { expectRefuted, expectValid, explanationOf } from "./reports.ts";
import { settle } from "./settle.ts";
import { closeWorld, createWorld, rejectionOf, type World } from "./world.ts";

const NAME = "evidence:vanilla";

function failAtRpc(): Promise<never> {
  return Promise.reject(new RpcFailedError("endpointOf", "gone.", undefined));
}

describe("verifyReceipt: vanilla evidence", () => {
  let world: World;
  let receipt: Receipt;
  const options = () => ({ deployment: world.deployment, receipt });
  const models = () => [world.circuit.model];

  before(async () => {
    world = await createWorld();
    const { chain, deployment } = world;
    const { id } = await settle(world, "vanilla");
    receipt = await buildReceipt(chain, { deployment, requestId: id });
  });
  after(() => closeWorld(world));

  it("default: says that the claim was not run again", async () => {
    const report = await verifyReceipt(world.chain, options());
    expectValid(report, "no model");
    expect(explanationOf(report, NAME), "explanation").to.match(
      /undisputed.*not re-run here: no local model/,
    );
  });

  it("behavior: runs the claim again with the input that the node serves", async () => {
    const report = await verifyReceipt(world.chain, { ...options(), models: models() });
    expectValid(report, "model");
    expect(explanationOf(report, NAME), "explanation").to.match(/Run again here.*same output/);
  });

  it("error: an unchallenged lie is seen when it is run again", async () => {
    const { chain, deployment, output } = world;
    world.output = "0x09";
    const { id } = await settle(world, "vanilla");
    world.output = output;
    const lie = await buildReceipt(chain, { deployment, requestId: id });
    expectValid(await verifyReceipt(chain, { deployment, receipt: lie }), "nobody ran it");
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: lie, models: models() }),
      NAME,
      /the model answers 0x03: the claim is wrong/,
      "run again",
    );
  });

  it("behavior: an input that cannot be had, or is not the one committed to, refutes nothing", async () => {
    const { chain, service, input } = world;
    const path = `/inputs/${receipt.request.inputCommitment}`;
    const file = { modelId: receipt.request.modelId, input: bytesToHex(input) };
    service.remove(path);
    const missing = await verifyReceipt(chain, { ...options(), models: models() });
    service.put(path, file);
    expectValid(missing, "missing");
    expect(explanationOf(missing, NAME), "missing: explanation").to.match(/input could not be had/);

    const wrong: Hex[] = [
      "0x",
      "0x00",
      bytesToHex(input.with(0, input[0]! ^ 1)),
      `0x${"ff".repeat(64)}`,
    ];
    for (const bytes of wrong) {
      const fetchInput = () => Promise.resolve(bytes);
      const report = await verifyReceipt(chain, { ...options(), models: models(), fetchInput });
      expectValid(report, bytes);
      expect(explanationOf(report, NAME), `${bytes}: explanation`).to.match(/could not be had/);
    }
  });

  it("behavior: a model of other weights is not run", async () => {
    const { model } = world.circuit;
    const [first, ...rest] = model.layers;
    const other = {
      ...model,
      layers: [{ ...first!, bias: first!.bias.map((bias) => bias + 1) }, ...rest],
    };
    const report = await verifyReceipt(world.chain, { ...options(), models: [other] });
    expectValid(report, "report");
    expect(explanationOf(report, NAME), "explanation").to.match(/no local model/);
  });

  it("error: settled before the window closed, or while disputed", async () => {
    const clock = Number(receipt.settledAt.timestamp);
    const early = contradictView(world, {
      abi: inferenceMarketAbi,
      functionName: "recordOf",
      fields: { clock },
    });
    expectRefuted(await verifyReceipt(early, options()), NAME, /before its window closed/, "early");
    const disputed = contradictView(world, {
      abi: disputeCourtAbi,
      functionName: "disputeOf",
      fields: { openedAt: clock - 1 },
    });
    expectRefuted(await verifyReceipt(disputed, options()), NAME, /not upheld/, "disputed");
  });

  it("error: an RPC that fails while an input is looked for is no verdict", async () => {
    const error = await rejectionOf(
      verifyReceipt(world.chain, { ...options(), models: models(), fetchInput: failAtRpc }),
    );
    expect(error, "error").to.be.instanceOf(RpcFailedError);
  });
});

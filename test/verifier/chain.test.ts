// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { network } from "hardhat";

import { fulfil } from "../../src/client/index.ts";
import { Evidence } from "../../src/protocol/evidence.ts";
import type { Receipt } from "../../src/protocol/receipt.ts";
import { hashRequest, assayDomain } from "../../src/protocol/typed-data.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { contradict } from "./contradictions.ts";
import { expectRefuted, expectValid } from "./reports.ts";
import { makeEvidence, open, settle } from "./settle.ts";
import { closeWorld, createWorld, type World } from "./world.ts";

describe("verifyReceipt: chain and settlement", () => {
  let world: World;
  let receipt: Receipt;

  before(async () => {
    world = await createWorld();
    const { id } = await settle(world, "tee");
    const { chain, deployment } = world;
    receipt = await buildReceipt(chain, { deployment, requestId: id });
  });
  after(() => closeWorld(world));

  it("error: a receipt of another chain", async () => {
    const { chain, deployment } = world;
    const elsewhere = await network.create("testchain");
    const other = await elsewhere.viem.getPublicClient();
    expectRefuted(
      await verifyReceipt(other, { deployment, receipt }),
      "chain",
      /serves chain 84532001, the deployment is on chain 31337/,
      "an RPC of another chain",
    );
    const there = { ...deployment, chainId: 84_532_001 };
    expectRefuted(
      await verifyReceipt(other, { deployment: there, receipt }),
      "chain",
      /receipt is of chain 31337/,
      "chain and deployment are others",
    );
    const claimed = { ...receipt, chainId: 84_532_001 };
    expectRefuted(
      await verifyReceipt(other, { deployment: there, receipt: claimed }),
      "chain",
      /no contract at the market/,
      "the receipt says so, too, but there is no market",
    );
    // An id made for the other chain is consistent in itself, but not settled here.
    const domain = assayDomain({ chainId: 1, market: receipt.market });
    const moved = { ...receipt, chainId: 1, requestId: hashRequest(domain, receipt.request) };
    const report = await verifyReceipt(chain, { deployment, receipt: moved });
    expectRefuted(report, "chain", /receipt is of chain 1/, "an id of another chain");
    await elsewhere.close();
  });

  it("error: a receipt of another market", async () => {
    const { chain, deployment } = world;
    const other = { ...deployment, market: deployment.disputeCourt };
    expectRefuted(
      await verifyReceipt(chain, { deployment: other, receipt }),
      "chain",
      /deployment's market is/,
      "the caller trusts another market",
    );
  });

  it("error: the settlement was reorganised away", async () => {
    const { connection, chain, deployment, wallets } = world;
    const { networkHelpers } = connection;
    const order = await open(world, "tee");
    const before = await networkHelpers.takeSnapshot();
    const evidence = await makeEvidence(world, "tee", order);
    const { request, result } = order;
    const call = { deployment, request, result, kind: Evidence.TEE, evidence };
    await fulfil(wallets.node, call);
    const gone = await buildReceipt(chain, { deployment, requestId: order.id });
    expectValid(await verifyReceipt(chain, { deployment, receipt: gone }), "before");

    await before.restore();
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: gone }),
      "chain",
      /does not exist/,
      "the chain is shorter",
    );
    await networkHelpers.mine(3, { interval: 7 });
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: gone }),
      "chain",
      /reorganised away/,
      "another block has its number",
    );
    // Settled again in another block: the old receipt stays wrong, also with the new block's data.
    await fulfil(wallets.node, call);
    const again = await buildReceipt(chain, { deployment, requestId: order.id });
    expectValid(await verifyReceipt(chain, { deployment, receipt: again }), "settled again");
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: gone }),
      "chain",
      /reorganised away/,
      "the old receipt",
    );
  });

  it("error: other transactions of the chain as settlement", async () => {
    const { chain, deployment } = world;
    const second = await settle(world, "tee");
    const other = await buildReceipt(chain, { deployment, requestId: second.id });
    const { transactionHash } = other.settledAt;
    expectRefuted(
      await verifyReceipt(chain, {
        deployment,
        receipt: { ...receipt, settledAt: { ...receipt.settledAt, transactionHash } },
      }),
      ["payment", "finality"],
      /did not make this request final/,
      "the settlement of another request",
    );
    expectRefuted(
      await verifyReceipt(chain, {
        deployment,
        receipt: { ...receipt, settledAt: other.settledAt },
      }),
      ["payment", "finality"],
      /did not make this request final/,
      "with its block",
    );
    const { blockNumber, blockHash, timestamp } = other.settledAt;
    expectRefuted(
      await verifyReceipt(chain, {
        deployment,
        receipt: {
          ...receipt,
          settledAt: { ...receipt.settledAt, blockNumber, blockHash, timestamp },
        },
      }),
      "finality",
      /in block \d+, not in the receipt's/,
      "another canonical block",
    );
  });

  it("behavior: a chain without the market's code is noticed", async () => {
    const { deployment } = world;
    const empty = contradict(world, (method, _params, answer) =>
      method === "eth_getCode" ? "0x" : answer,
    );
    const report = await verifyReceipt(empty, { deployment, receipt });
    expectRefuted(report, "chain", /no contract/, "no code");
    expect(report.checks.length, "checks made").to.equal(2);
  });
});

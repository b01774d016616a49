// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { PATHS, type Path } from "../../src/protocol/evidence.ts";
import { parseReceipt, serializeReceipt, type Receipt } from "../../src/protocol/receipt.ts";
import {
  buildReceipt,
  formatReport,
  verifyReceipt,
  verifyRequest,
} from "../../src/verifier/index.ts";
import { mutate } from "./mutations.ts";
import { type Order, settle, settleOrders } from "./settle.ts";
import { closeWorld, createWorld, type World } from "./world.ts";

/** Which check must notice a change of a place, besides `format`, which may be faster. */
const NOTICED_BY: readonly [place: RegExp, check: RegExp][] = [
  [/^\$\.(chainId|market)$/, /^chain$/],
  [/^\$\.settledAt\.(blockNumber|blockHash|timestamp)$/, /^chain$/],
  [/^\$\.settledAt\.transactionHash$/, /^finality$/],
  [/^\$\.(requestId|request\.\w+)$/, /^request$/],
  [/^\$\.payout\.\w+$/, /^payment$/],
  [/^\$\.model\.\w+$/, /^model$/],
  [/^\$\.(output|resultSignature|result\.\w+)$/, /^binding$/],
  [/^\$\.evidence(\[\d\])?$/, /^finality$/],
  [/^\$\.evidence\[\d\]\.\w+$/, /^(evidence:\w+|finality)$/],
  [/./, /^format$/],
];

/** Ways to settle, each with the last of the requests that it settles. */
const WAYS: readonly { name: string; path: Path; settle: (world: World) => Promise<Order> }[] =
  PATHS.flatMap((path) => [
    { name: `${path} request`, path, settle: (world: World) => settle(world, path) },
    ...([1, 2] as const).map((count) => ({
      name: `${path} order, of ${count}`,
      path,
      settle: async (world: World) => (await settleOrders(world, path, count)).at(-1) as Order,
    })),
  ]);

describe("verifyReceipt", () => {
  let world: World;
  const receipts = new Map<string, Receipt>();
  const receiptOf = (name: string): Receipt => {
    const receipt = receipts.get(name);
    if (receipt === undefined) throw new Error(`no receipt of a ${name}`);
    return receipt;
  };

  before(async () => {
    world = await createWorld();
    for (const way of WAYS) {
      const { id } = await way.settle(world);
      const { chain, deployment } = world;
      receipts.set(way.name, await buildReceipt(chain, { deployment, requestId: id }));
    }
  });
  after(() => closeWorld(world));

  for (const { name: way, path } of WAYS) {
    it(`default: the receipt of a ${way} verifies, as object and as text`, async () => {
      const { chain, deployment } = world;
      const receipt = receiptOf(way);
      const report = await verifyReceipt(chain, { deployment, receipt });
      expect(report.ok, formatReport(report)).to.equal(true);
      const names = report.checks.map(({ name }) => name);
      const proving = path === "vanilla" ? [] : [`evidence:${path}`];
      expect(names, "order of the checks").to.deep.equal([
        "format",
        "chain",
        "request",
        "payment",
        "model",
        "binding",
        "evidence:vanilla",
        ...proving,
        "finality",
      ]);

      const text = serializeReceipt(receipt);
      const again = await verifyReceipt(chain, { deployment, receipt: text });
      expect(again.checks, "of its text").to.deep.equal(report.checks);
      expect(parseReceipt(text), "its text, read").to.deep.equal(receipt);
    });

    it(`behavior: any change of the receipt of a ${way} is noticed by the check that is there for it`, async () => {
      const { chain, deployment } = world;
      const mutations = mutate(serializeReceipt(receiptOf(way)));
      expect(mutations.length, "changes tried").to.be.greaterThan(145);
      for (const mutation of mutations) {
        const report = await verifyReceipt(chain, { deployment, receipt: mutation.text });
        expect(report.ok, mutation.label).to.equal(false);
        const failed = report.checks.filter(({ ok }) => !ok).map(({ name }) => name);
        const [, check] = NOTICED_BY.find(([place]) => place.test(mutation.path)) ?? [];
        const noticed = failed.some((name) => name === "format" || check?.test(name));
        expect(noticed, `${mutation.label} failed ${failed.join()}`).to.equal(true);
        for (const { name, explanation } of report.checks)
          expect(explanation, `explanation of ${name}`).to.match(/^[\x20-\x7e]{10,400}$/);
      }
    });

    it(`behavior: verifyRequest makes and verifies the receipt of a ${way}`, async () => {
      const { chain, deployment } = world;
      const receipt = receiptOf(way);
      const { requestId } = receipt;
      const report = await verifyRequest(chain, { deployment, requestId });
      expect(report.ok, formatReport(report)).to.equal(true);
      expect(report.receipt, "receipt").to.deep.equal(receipt);
    });
  }
});

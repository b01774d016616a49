// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  type BatchReceiptDocument,
  Evidence,
  parseBatchReceipt,
  serializeBatchReceipt,
} from "../../../src/protocol/index.ts";
import { formatReport, rememberReads, verifyReceipt } from "../../../src/verifier/index.ts";
import { mutate } from "../../verifier/mutations.ts";
import { runStatus, runVerify, settleBatch, type Settled } from "./settle-batch.ts";

const RECEIPTS = 100;
const CLAIMS = 4;

/** Which check must notice a change of a place, besides `format`, which may be faster. */
const NOTICED_BY: readonly [place: RegExp, check: RegExp][] = [
  [/^\$\.(chainId|market|settler|batchId)$/, /^chain$/],
  [/^\$\.(header|postedIn)\.\w+$/, /^chain$/],
  [/^\$\.requestId$/, /^request$/],
  [/^\$\.(place|siblings)/, /^inclusion$/],
  [/^\$\.position$/, /^inclusion$/],
  [/^\$\.receipt\./, /^inclusion$/],
  [/^\$\.(output|resultSignature)$/, /^binding$/],
  [/./, /^format$/],
];

describe("batches of receipts", () => {
  let settled: Settled;

  before(async function () {
    this.timeout(500_000);
    settled = await settleBatch({ clients: 10, receipts: RECEIPTS, claims: CLAIMS, proofs: 0 });
  });
  after(async function () {
    this.timeout(60_000);
    await settled.world.close();
  });

  const documentOf = (kind: Evidence): BatchReceiptDocument => {
    const found = settled.documents.find(({ receipt }) => receipt.kind === kind);
    if (found === undefined) throw new RangeError(`no receipt of kind ${kind}`);
    return found;
  };

  it("default: receipts of ten clients settle in one batch, and each verifies", () => {
    expect(settled.documents.length, "receipts that were verified").to.equal(RECEIPTS);
    const claims = settled.documents.filter(({ receipt }) => receipt.kind === Evidence.VANILLA);
    expect(claims.length, "claims among them").to.equal(CLAIMS);
  });

  it("behavior: the command verifies them in a process of its own", async () => {
    for (const kind of [Evidence.TEE, Evidence.VANILLA]) {
      const { ok, checks } = await runVerify(settled.world, documentOf(kind));
      expect(ok, JSON.stringify(checks)).to.equal(true);
      expect(
        checks.map(({ name }) => name),
        "order of the checks",
      ).to.deep.equal([
        "format",
        "chain",
        "request",
        "inclusion",
        "payment",
        "model",
        "binding",
        kind === Evidence.TEE ? "evidence:tee" : "evidence:vanilla",
        "finality",
      ]);
    }
    const { batchId, header } = documentOf(Evidence.TEE);
    const { state, header: shown } = await runStatus(settled.world, batchId);
    expect(state, "state of the batch").to.equal("FINAL");
    expect(shown.count, "its receipts").to.equal(header.count);
    const forged = { ...documentOf(Evidence.TEE), position: 0 };
    const { ok } = await runVerify(settled.world, { ...forged, position: forged.position + 1 });
    expect(ok, "another position").to.equal(false);
  });

  it("behavior: any change of a receipt is noticed by the check that is there for it", async () => {
    const { chain, deployment } = settled.world;
    const reader = rememberReads(chain);
    const text = serializeBatchReceipt(documentOf(Evidence.TEE));
    expect(serializeBatchReceipt(parseBatchReceipt(text)), "its text, read").to.equal(text);
    const mutations = mutate(text);
    expect(mutations.length, "changes tried").to.be.greaterThan(250);
    for (const mutation of mutations) {
      const report = await verifyReceipt(reader, { deployment, receipt: mutation.text });
      expect(report.ok, mutation.label).to.equal(false);
      const failed = report.checks.filter(({ ok }) => !ok).map(({ name }) => name);
      const [, check] = NOTICED_BY.find(([place]) => place.test(mutation.path)) ?? [];
      const noticed = failed.some((name) => name === "format" || check?.test(name));
      expect(noticed, `${mutation.label} failed ${failed.join()}`).to.equal(true);
      for (const { name, explanation } of report.checks)
        expect(explanation, `explanation of ${name}`).to.match(/^[\x20-\x7e]{10,400}$/);
    }
  }).timeout(200_000);

  it("behavior: a report is as good as the chain it was made on", async () => {
    const { chain, deployment } = settled.world;
    const receipt = documentOf(Evidence.TEE);
    const other = { ...deployment, batchSettler: deployment.orderSettler };
    const report = await verifyReceipt(chain, { deployment: other, receipt });
    expect(report.ok, formatReport(report)).to.equal(false);
  });
});

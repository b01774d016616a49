// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { getModel } from "../client/actions/getModel.ts";
import { type BatchReceiptDocument, parseBatchReceipt } from "../protocol/batch-receipt.ts";
import { type Evidence, pathOf } from "../protocol/evidence.ts";
import { toCanonicalJson } from "../protocol/json.ts";
import { assayDomain, hashResult } from "../protocol/typed-data.ts";
import { checkBatchChain } from "./batch/chain.ts";
import {
  checkBatchEvidence,
  checkBatchFinality,
  checkBatchModel,
  checkBatchPayment,
  checkBatchRequest,
  checkInclusion,
} from "./batch/checks.ts";
import type { BatchContext } from "./batch/context.ts";
import { checkBinding } from "./checks/binding.ts";
import type { Position } from "./marketLogs.ts";
import { runCheck, type VerificationReport } from "./report.ts";
import { inputFromNode } from "./rerun.ts";
import type { VerifyReceiptErrorType, VerifyReceiptParameters } from "./verifyReceipt.ts";

export type VerifyBatchReceiptParameters = VerifyReceiptParameters;
export type VerifyBatchReceiptReturnType = VerificationReport;
export type VerifyBatchReceiptErrorType = VerifyReceiptErrorType;

/** Whether text or object has the form of a batch's receipt, as far as one look tells. */
export function isBatchReceipt(receipt: unknown): boolean {
  try {
    const value: unknown = typeof receipt === "string" ? JSON.parse(receipt) : receipt;
    return typeof value === "object" && value !== null && "batchId" in value;
  } catch {
    // What is no JSON is refused by the reader, with a reason.
    return false;
  }
}

/**
 * Verifies the receipt of a request that was settled in a batch, as {@link verifyReceipt} does for others: it trusts the chain
 * and mathematics alone. Evidence is judged as of the block that posted the batch.
 *
 * @example
 * const report = await verifyBatchReceipt(client, { deployment, receipt: await readFile("receipt.json", "utf8") });
 */
export async function verifyBatchReceipt(
  client: Client,
  parameters: VerifyBatchReceiptParameters,
): Promise<VerifyBatchReceiptReturnType> {
  const { deployment, models = [], blockRange, signal } = parameters;
  const { fetchInput = inputFromNode(client, deployment) } = parameters;
  const search = { ...(blockRange && { blockRange }), ...(signal && { signal }) };
  let parsed: BatchReceiptDocument | undefined;
  const format = await runCheck("format", () => {
    const { receipt } = parameters;
    const text = typeof receipt === "string" ? receipt : String(toCanonicalJson(receipt));
    parsed = parseBatchReceipt(text);
    return "The receipt has every field, in the right form, and no other.";
  });
  if (parsed === undefined) return { ok: false, checks: [format] };

  const document = parsed;
  let postedAt: Position | undefined;
  const chain = await runCheck("chain", async () => {
    const found = await checkBatchChain(client, deployment, document);
    postedAt = found.postedAt;
    return found.explanation;
  });
  if (postedAt === undefined) return { ok: false, checks: [format, chain] };

  const { header, requestId, output, resultSignature } = document;
  const { request, outputCommitment, units, kind } = document.receipt;
  const domain = assayDomain(document);
  // The header is the settler's, so its node and its model are.
  const result = { outputCommitment, units, node: header.node };
  const context: BatchContext = {
    client,
    deployment,
    document,
    header,
    postedAt,
    model: await getModel(client, { deployment, modelId: header.modelId }),
    receipt: { request, requestId, result, resultSignature, output },
    domain,
    resultDigest: hashResult(domain, { ...result, requestId }),
    models,
    fetchInput,
    search,
  };
  const checks = await Promise.all([
    runCheck("request", () => checkBatchRequest(context)),
    runCheck("inclusion", () => checkInclusion(context)),
    runCheck("payment", () => checkBatchPayment(context)),
    runCheck("model", () => checkBatchModel(context)),
    runCheck("binding", () => checkBinding(context)),
    runCheck(`evidence:${pathOf(kind as Evidence)}`, () => checkBatchEvidence(context)),
    runCheck("finality", () => checkBatchFinality(context)),
  ]);
  const all = [format, chain, ...checks];
  return { ok: all.every(({ ok }) => ok), checks: all };
}

// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { Deployment } from "../client/deployment.ts";
import type { AbortedError, RpcFailedError } from "../client/errors.ts";
import { findOrderEvent, readOrderRecord } from "../client/orders.ts";
import { readMarketRecord } from "../client/records.ts";
import { pathOf } from "../protocol/evidence.ts";
import type { Receipt } from "../protocol/receipt.ts";
import { State } from "../protocol/state.ts";
import { assayDomain, hashResult } from "../protocol/typed-data.ts";
import type { QuantisedModel } from "../zkml/model.ts";
import { checkBinding } from "./checks/binding.ts";
import { checkChain } from "./checks/chain.ts";
import { checkEvidence } from "./checks/evidence.ts";
import { checkFinality } from "./checks/finality.ts";
import { readStrictly } from "./checks/format.ts";
import { checkModel } from "./checks/model.ts";
import { checkPayment } from "./checks/payment.ts";
import { checkRequest } from "./checks/request.ts";
import type { FetchInput, SearchOptions, VerificationContext } from "./context.ts";
import { type Check, runCheck, type VerificationReport } from "./report.ts";
import { inputFromNode } from "./rerun.ts";
import { isBatchReceipt, verifyBatchReceipt } from "./verifyBatchReceipt.ts";

export interface VerifyReceiptParameters extends SearchOptions {
  /** The receipt as JSON text, or as an object; whatever else it is fails the check `format`. */
  receipt: unknown;
  /**
   * The contracts that the caller trusts, from `parseDeployment`, or from `fetchDeployment` with the address of a market
   * that he trusts. Warning: never take the address from the receipt: anybody can deploy a market that confirms anything.
   */
  deployment: Deployment;
  /** Integer models at hand: a claim of one of them is run again, with the input that its node serves. */
  models?: readonly QuantisedModel[];
  /** Gets inputs for that; from the node's HTTP service if not given. */
  fetchInput?: FetchInput;
}
export type VerifyReceiptReturnType = VerificationReport;
/** Only what leaves the receipt undecided. */
export type VerifyReceiptErrorType = RpcFailedError | AbortedError;

/**
 * Verifies a receipt of either form against the chain, trusting no node: only the chain that the client is connected to, and mathematics.
 * It never throws for a bad receipt; it throws if the RPC fails, for then nothing is known.
 *
 * Blocks, transactions and events are read as of the receipt, everything else from the newest block: no archive is needed.
 *
 * @example
 * const report = await verifyReceipt(client, { deployment, receipt: await readFile("receipt.json", "utf8") });
 * console.log(formatReport(report));
 */
export async function verifyReceipt(
  client: Client,
  parameters: VerifyReceiptParameters,
): Promise<VerifyReceiptReturnType> {
  if (isBatchReceipt(parameters.receipt)) return verifyBatchReceipt(client, parameters);
  const { deployment, models = [], blockRange, signal } = parameters;
  const { fetchInput = inputFromNode(client, deployment) } = parameters;
  const search = { ...(blockRange && { blockRange }), ...(signal && { signal }) };
  let parsed: Receipt | undefined;
  const format = await runCheck("format", () => {
    parsed = readStrictly(parameters.receipt);
    return "The receipt has every field, in the right form, and no other.";
  });
  if (parsed === undefined) return toReport([format]);

  const receipt = parsed;
  const domain = assayDomain(receipt);
  const { requestId, result } = receipt;
  const resultDigest = hashResult(domain, { requestId, ...result });
  const trusted = { client, deployment, models, fetchInput, search };
  const reads = readsOf(client, deployment, receipt, search);
  const context = { ...trusted, receipt, domain, resultDigest, ...reads };
  const chain = await runCheck("chain", () => checkChain(context));
  if (!chain.ok) return toReport([format, chain]);
  return toReport([format, chain, ...(await runChecks(context))]);
}

/** What several checks need. The market's record rules where an order has one too. */
function readsOf(
  client: Client,
  deployment: Deployment,
  { requestId: id, settledAt }: Receipt,
  search: SearchOptions,
): Pick<VerificationContext, "readRecord" | "readOrderEvent"> {
  const readMarket = once(() => readMarketRecord(client, { deployment, id }));
  const readOrderEvent = once(async () => {
    if ((await readMarket()).state !== State.NONE) return undefined;
    const toBlock = settledAt.blockNumber;
    return findOrderEvent(client, { ...search, deployment, id, toBlock });
  });
  const readRecord = once(async () => {
    const event = await readOrderEvent();
    return event === undefined ? readMarket() : readOrderRecord(client, { deployment, event });
  });
  return { readRecord, readOrderEvent };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

/** They do not depend on each other, so that they ask the chain at the same time. */
function runChecks(context: VerificationContext): Promise<Check[]> {
  return Promise.all([
    runCheck("request", () => checkRequest(context)),
    runCheck("payment", () => checkPayment(context)),
    runCheck("model", () => checkModel(context)),
    runCheck("binding", () => checkBinding(context)),
    ...context.receipt.evidence.map((piece) =>
      runCheck(`evidence:${pathOf(piece.kind)}`, () => checkEvidence(context, piece)),
    ),
    runCheck("finality", () => checkFinality(context)),
  ]);
}

function toReport(checks: Check[]): VerificationReport {
  return { ok: checks.every(({ ok }) => ok), checks };
}

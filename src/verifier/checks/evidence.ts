// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";

import { marketEventsOf } from "../../client/events.ts";
import { Evidence, hasEvidence, pathOf } from "../../protocol/evidence.ts";
import type { ReceiptEvidence } from "../../protocol/receipt.ts";
import type { Result } from "../../protocol/request.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import { readTransactionReceipt } from "../chainReads.ts";
import type { VerificationContext } from "../context.ts";
import { type EvidenceCall, readEvidenceCall } from "../evidenceCall.ts";
import {
  bringsEvidence,
  findRequestEvent,
  orderEventIn,
  type Position,
  positionOf,
} from "../marketLogs.ts";
import { demand } from "../report.ts";
import { checkTeeEvidence } from "./teeEvidence.ts";
import { checkVanillaEvidence } from "./vanillaEvidence.ts";
import { checkZkmlEvidence } from "./zkmlEvidence.ts";

/** One piece of evidence: it was brought where the receipt says, byte for byte, and proves the result. */
export async function checkEvidence(
  context: VerificationContext,
  piece: ReceiptEvidence,
): Promise<string> {
  const broughtAt = await findBringing(context, piece);
  switch (piece.kind) {
    case Evidence.VANILLA:
      demand(piece.data === "0x", "A bonded claim has no bytes, the receipt's has some.");
      return checkVanillaEvidence(context);
    case Evidence.ZKML:
      await demandCalldata(context, piece);
      return checkZkmlEvidence(context, piece.data);
    case Evidence.TEE: {
      const { shared } = await demandCalldata(context, piece);
      return checkTeeEvidence(context, { signature: piece.data, shared, broughtAt });
    }
  }
}

/** The event of the evidence in the transaction that the receipt names: market or settler accepted it there. */
async function findBringing(
  context: VerificationContext,
  { kind, transactionHash }: ReceiptEvidence,
): Promise<Position> {
  const { client, receipt, readOrderEvent, readRecord } = context;
  const { market, requestId, result } = receipt;
  const transaction = await readTransactionReceipt(client, transactionHash);
  if ((await readOrderEvent()) !== undefined) {
    const settled = orderEventIn(context, transaction);
    demand(settled !== undefined, "The claim's transaction delivered no result of this order.");
    demandResult(settled.args, result);
    demand(
      hasEvidence((await readRecord()).evidence, kind),
      `The order was not settled with ${pathOf(kind)} evidence.`,
    );
    return positionOf(settled);
  }
  const events = marketEventsOf(transaction, market);
  const path = pathOf(kind);
  if (kind === Evidence.VANILLA) {
    const delivered = findRequestEvent(events, "ResultDelivered", requestId);
    demand(delivered !== undefined, "The claim's transaction delivered no result of this request.");
    demandResult(delivered.args, result);
    return positionOf(delivered);
  }
  const added = events.find(
    (event) => "id" in event.args && event.args.id === requestId && bringsEvidence(event, kind),
  );
  demand(
    added !== undefined,
    `The market accepted no ${path} evidence for this request in the transaction named.`,
  );
  return positionOf(added);
}

function demandResult(delivered: Result, { node, outputCommitment, units }: Result): void {
  demand(
    isAddressEqual(delivered.node, node) &&
      delivered.outputCommitment === outputCommitment &&
      delivered.units === units,
    "The claim's transaction delivered another result of this request.",
  );
}

/** A proof can be rewritten so that it still verifies: the receipt must have the bytes that were brought. */
async function demandCalldata(
  { client, deployment, domain, receipt }: VerificationContext,
  { kind, data, transactionHash }: ReceiptEvidence,
): Promise<EvidenceCall> {
  const { requestId: id } = receipt;
  const call = await readEvidenceCall(client, { deployment, transactionHash, id, kind });
  demand(hashRequest(domain, call.request) === id, "The evidence was brought for another request.");
  demand(call.data === data, "The evidence's bytes are not those of the transaction's calldata.");
  return call;
}

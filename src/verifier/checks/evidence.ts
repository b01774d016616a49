// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";

import { marketEventsOf } from "../../client/events.ts";
import { Evidence, pathOf } from "../../protocol/evidence.ts";
import type { ReceiptEvidence } from "../../protocol/receipt.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import { readTransactionReceipt } from "../chainReads.ts";
import type { VerificationContext } from "../context.ts";
import { readEvidenceCall } from "../evidenceCall.ts";
import { bringsEvidence, findRequestEvent, type Position, positionOf } from "../marketLogs.ts";
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
    case Evidence.TEE:
      await demandCalldata(context, piece);
      return checkTeeEvidence(context, { signature: piece.data, broughtAt });
  }
}

/** The market's event of the evidence in the transaction that the receipt names: the market accepted it there. */
async function findBringing(
  { client, receipt }: VerificationContext,
  { kind, transactionHash }: ReceiptEvidence,
): Promise<Position> {
  const { market, requestId, result } = receipt;
  const transaction = await readTransactionReceipt(client, transactionHash);
  const events = marketEventsOf(transaction, market);
  const path = pathOf(kind);
  if (kind === Evidence.VANILLA) {
    const delivered = findRequestEvent(events, "ResultDelivered", requestId);
    demand(delivered !== undefined, "The claim's transaction delivered no result of this request.");
    const { node, outputCommitment, units } = delivered.args;
    demand(
      isAddressEqual(node, result.node) &&
        outputCommitment === result.outputCommitment &&
        units === result.units,
      "The claim's transaction delivered another result of this request.",
    );
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

/** A proof can be rewritten so that it still verifies: the receipt must have the bytes that were brought. */
async function demandCalldata(
  { client, domain, receipt }: VerificationContext,
  { kind, data, transactionHash }: ReceiptEvidence,
): Promise<void> {
  const { market, requestId } = receipt;
  const call = await readEvidenceCall(client, { market, transactionHash, kind });
  demand(
    hashRequest(domain, call.request) === requestId,
    "The evidence was brought for another request.",
  );
  demand(call.data === data, "The evidence's bytes are not those of the transaction's calldata.");
}

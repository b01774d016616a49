// SPDX-License-Identifier: MIT
// The checks of a batch's receipt that those of a request's own receipt have no match for.
import { hashTypedData, isAddressEqual } from "viem";

import { getBatch } from "../../client/actions/getBatch.ts";
import { isReceiptVoid } from "../../client/actions/isReceiptVoid.ts";
import {
  batchDepth,
  batchRequestTypedData,
  batchRootFrom,
  BatchState,
  batchStateName,
  Fault,
  faultName,
  hashPart,
  hashReceipt,
} from "../../protocol/batch.ts";
import { chargeOf, formalFaultOf, isRefused } from "../../protocol/batch-judge.ts";
import { toSignature } from "../../protocol/compact-signature.ts";
import { Evidence, pathsIn } from "../../protocol/evidence.ts";
import { merkleRootFrom } from "../../protocol/merkle.ts";
import { modelIdOf } from "../../protocol/model.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import { checkTeeEvidence } from "../checks/teeEvidence.ts";
import { checkZkmlEvidence } from "../checks/zkmlEvidence.ts";
import { demand } from "../report.ts";
import { rerunClaim } from "../rerun.ts";
import { recoverSigner } from "../signature.ts";
import { type BatchContext, domainOf } from "./context.ts";

/** The request id is the digest of the request, and the channel's signer signed it with its index. */
export async function checkBatchRequest({ document, domain }: BatchContext): Promise<string> {
  const { receipt, requestId } = document;
  const { request, index } = receipt;
  const id = hashRequest(domain, request);
  demand(id === requestId, `The request has the id ${id}, the receipt says ${requestId}.`);
  const { part } = document.place;
  demand(!isRefused(part), "The settler refused the voucher of this receipt.");
  const digest = hashTypedData(batchRequestTypedData(domainOf(document), { requestId, index }));
  const signer = await recoverSigner(digest, toSignature(receipt), "client's signature");
  demand(
    isAddressEqual(signer, part.signer),
    `The request was signed by ${signer}, the channel's signer is ${part.signer}.`,
  );
  return `The channel's signer ${signer} signed this request as its number ${index}.`;
}

/** The batch has this receipt at its position, which belongs to this part. */
export function checkInclusion({ document, header }: BatchContext): string {
  const { place, position, receipt, siblings } = document;
  demand(position < header.count, `The batch has ${header.count} receipts.`);
  const depth = batchDepth(header.count);
  demand(siblings.length === depth, `A proof in this batch has ${depth} hashes.`);
  const root = batchRootFrom(hashReceipt(receipt), position, siblings);
  demand(root === header.root, `The proof leads to ${root}, the batch's root is ${header.root}.`);
  const { part, proof } = place;
  const partsRoot = merkleRootFrom(hashPart(part), proof);
  demand(
    partsRoot === header.partsRoot,
    `The part's proof leads to ${partsRoot}, the root of the batch's parts is ${header.partsRoot}.`,
  );
  const end = part.start + part.toCount - part.fromCount;
  demand(
    position >= part.start && position < end,
    `The part has the positions ${part.start} to ${end - 1}.`,
  );
  return `Receipt ${position} of ${header.count} leads to the batch's root.`;
}

/** The charge is what was metered, and neither this receipt nor its sums have a fault that one receipt can show. */
export function checkBatchPayment({ document, header, model }: BatchContext): string {
  const { receipt, position } = document;
  const { part } = document.place;
  const judged = { header, part, position, receipt, before: undefined, terms: model };
  const fault = formalFaultOf(judged);
  demand(
    fault === undefined,
    `The receipt has the fault ${faultName(fault ?? Fault.MISPLACED)}: anybody could show it.`,
  );
  const charge = chargeOf(receipt);
  demand(
    charge <= part.toCharge - part.fromCharge,
    `The receipt costs ${charge}, its voucher brought ${part.toCharge - part.fromCharge}.`,
  );
  return `${charge} token units were charged to the channel of ${part.client}, by its voucher for ${part.toCount} requests.`;
}

/** The model version's id is that of the registry's fields, and the receipt keeps to its terms. */
export function checkBatchModel({ document, model }: BatchContext): string {
  const { request } = document.receipt;
  const { modelId } = request;
  demand(modelIdOf(model) === modelId, `The registry's fields of model ${modelId} hash otherwise.`);
  return `Model ${modelId} is registered, and offers ${pathsIn(model.paths).join(", ")}.`;
}

/** The evidence proves the result, as of when the batch was posted. */
export async function checkBatchEvidence(context: BatchContext): Promise<string> {
  const { document, model, postedAt } = context;
  const { kind, evidence } = document.receipt;
  switch (kind) {
    case Evidence.TEE:
      return checkTeeEvidence(context, {
        signature: evidence,
        shared: undefined,
        broughtAt: postedAt,
      });
    case Evidence.ZKML:
      return checkZkmlEvidence(context, evidence);
    default:
      demand(evidence === "0x", "A bonded claim has no bytes, the receipt's has some.");
      return `The claim was in its batch's window. ${await rerunClaim(context, model)}`;
  }
}

/** The settler holds the batch as final for this receipt, and the receipt as valid. */
export async function checkBatchFinality(context: BatchContext): Promise<string> {
  const { client, deployment, document } = context;
  const { batchId, position, receipt } = document;
  const isVoid = await isReceiptVoid(client, { deployment, batchId, position });
  demand(
    !isVoid,
    "The receipt is void: it was shown to be faulty, was withheld, or was extracted.",
  );
  const { state } = await getBatch(client, { deployment, batchId });
  const isSecured = state === BatchState.SECURED && receipt.kind !== Evidence.VANILLA;
  demand(
    state === BatchState.FINAL || isSecured,
    `The batch is ${batchStateName(state)} on chain: the receipt is not final (yet).`,
  );
  return isSecured
    ? "The batch is SECURED on chain: its committee signed, and what is proven is paid and final."
    : "The batch is FINAL on chain, and the receipt is not void.";
}

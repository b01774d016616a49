// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";

import { evidenceIn, includesEvidence, pathsIn, toEvidenceSet } from "../../protocol/evidence.ts";
import { State, stateName } from "../../protocol/state.ts";
import { subjectOf } from "../../protocol/typed-data.ts";
import type { VerificationContext } from "../context.ts";
import { readSettlement } from "../marketLogs.ts";
import { demand } from "../report.ts";

/**
 * The market holds the request as final with this result and evidence, or the settler made its order final, in the
 * transaction that the receipt names.
 */
export async function checkFinality(context: VerificationContext): Promise<string> {
  const { receipt, readRecord } = context;
  const { request, result, settledAt } = receipt;
  const record = await readRecord();
  demand(
    record.state === State.FINAL,
    `The request is ${stateName(record.state)} on chain, not FINAL.`,
  );
  demand(
    record.subject === subjectOf(result),
    "The result on chain is another than the receipt's: output, units or node differ.",
  );

  const kinds = receipt.evidence.map(({ kind }) => kind);
  const given = pathsIn(toEvidenceSet(kinds)).join(", ");
  const present = pathsIn(record.evidence).join(", ");
  demand(
    kinds.join() === evidenceIn(record.evidence).join(),
    `The evidence must be ${present}, once and in this order; the receipt has ${kinds.length} pieces of: ${given}.`,
  );
  demand(
    includesEvidence(record.evidence, request.requiredEvidence),
    "Evidence that the request requires is missing.",
  );

  const { transaction, node, market } = await readSettlement(context);
  demand(
    transaction.status === "success" && transaction.blockHash === settledAt.blockHash,
    `The settlement's transaction is in block ${transaction.blockNumber}, not in the receipt's.`,
  );
  demand(
    isAddressEqual(node, result.node) &&
      (market === undefined || market.evidence === record.evidence),
    "The settlement's transaction made another result final.",
  );
  return `The request is FINAL on chain with this output, node and evidence (${present}).`;
}

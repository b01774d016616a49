// SPDX-License-Identifier: MIT
import { batchDomain, type BatchHeader } from "../../protocol/batch.ts";
import type { BatchReceiptDocument } from "../../protocol/batch-receipt.ts";
import type { Model } from "../../protocol/model.ts";
import type { AnswerContext } from "../context.ts";
import type { Position } from "../marketLogs.ts";

/** What every check of a batch's receipt works on. */
export interface BatchContext extends AnswerContext {
  /** Well-formed, otherwise untrusted. */
  document: BatchReceiptDocument;
  header: BatchHeader;
  /** As the registry has it. */
  model: Model;
  /** Where the chain's history has the posting. */
  postedAt: Position;
}

/** The domain of the settler that the document names. */
export function domainOf({ chainId, settler }: BatchReceiptDocument) {
  return batchDomain({ chainId, settler });
}

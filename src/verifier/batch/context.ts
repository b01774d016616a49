// SPDX-License-Identifier: MIT
import { batchDomain, type BatchHeader } from "../../protocol/batch.ts";
import { type PartPlace, placeAt, placesOf } from "../../protocol/batch-judge.ts";
import type { BatchReceiptDocument } from "../../protocol/batch-receipt.ts";
import type { Model } from "../../protocol/model.ts";
import type { AnswerContext } from "../context.ts";
import type { Position } from "../marketLogs.ts";
import { demand } from "../report.ts";

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

/** The receipt's part and where it begins. */
export function placeOf({ parts, position }: BatchReceiptDocument): PartPlace {
  const place = placeAt(placesOf(parts), position);
  demand(place !== undefined, `No voucher of the batch has the position ${position}.`);
  return place;
}

/** The domain of the settler that the document names. */
export function domainOf({ chainId, settler }: BatchReceiptDocument) {
  return batchDomain({ chainId, settler });
}

// SPDX-License-Identifier: MIT
import { hashRequest } from "../../protocol/typed-data.ts";
import type { AnswerContext } from "../context.ts";
import { demand } from "../report.ts";

/** The request id is the digest of the request under the domain of chain and market. */
export function checkRequest({ domain, receipt }: AnswerContext): string {
  const id = hashRequest(domain, receipt.request);
  demand(
    id === receipt.requestId,
    `The request has the id ${id}, the receipt says ${receipt.requestId}.`,
  );
  return "The request id is the digest of the request on this chain and market.";
}

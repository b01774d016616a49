// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { Receipt } from "../protocol/receipt.ts";
import {
  buildReceipt,
  type BuildReceiptErrorType,
  type BuildReceiptParameters,
} from "./buildReceipt.ts";
import type { VerificationReport } from "./report.ts";
import {
  verifyReceipt,
  type VerifyReceiptErrorType,
  type VerifyReceiptParameters,
} from "./verifyReceipt.ts";

export type VerifyRequestParameters = BuildReceiptParameters &
  Omit<VerifyReceiptParameters, "receipt">;
export interface VerifyRequestReturnType extends VerificationReport {
  /** What was verified, to be kept. */
  receipt: Receipt;
}
export type VerifyRequestErrorType = BuildReceiptErrorType | VerifyReceiptErrorType;

/**
 * Makes the receipt of a final request and verifies it.
 *
 * @example
 * const { ok, checks, receipt } = await verifyRequest(client, { deployment, requestId });
 */
export async function verifyRequest(
  client: Client,
  parameters: VerifyRequestParameters,
): Promise<VerifyRequestReturnType> {
  const receipt = await buildReceipt(client, parameters);
  return { ...(await verifyReceipt(client, { ...parameters, receipt })), receipt };
}

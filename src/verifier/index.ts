// SPDX-License-Identifier: MIT
/**
 * The off-chain verifier: makes receipts of final requests and checks them with no trust in any node, only in the chain
 * that it is pointed at and in mathematics.
 *
 * @example
 * import { createPublicClient, http } from "viem";
 * import { fetchDeployment } from "assay";
 * import { formatReport, verifyReceipt } from "assay/verifier";
 *
 * const client = createPublicClient({ transport: http(rpcUrl) });
 * const deployment = await fetchDeployment(client, { market });
 * console.log(formatReport(await verifyReceipt(client, { deployment, receipt })));
 *
 * @packageDocumentation
 */
export {
  buildReceipt,
  type BuildReceiptErrorType,
  type BuildReceiptParameters,
  type BuildReceiptReturnType,
} from "./buildReceipt.ts";
export type { FetchInput, SearchOptions } from "./context.ts";
export {
  ChainItemMissingError,
  EndpointMissingError,
  EvidenceCallError,
  OutputMismatchError,
  RequestNotFinalError,
  WrappedCallError,
} from "./errors.ts";
export { formatReport } from "./formatReport.ts";
export { rememberReads } from "./rememberReads.ts";
export type { Check, CheckName, VerificationReport } from "./report.ts";
export type { FetchOutput, SignedOutput } from "./signedOutput.ts";
export {
  verifyBatchReceipt,
  type VerifyBatchReceiptErrorType,
  type VerifyBatchReceiptParameters,
  type VerifyBatchReceiptReturnType,
} from "./verifyBatchReceipt.ts";
export {
  verifyReceipt,
  type VerifyReceiptErrorType,
  type VerifyReceiptParameters,
  type VerifyReceiptReturnType,
} from "./verifyReceipt.ts";
export {
  verifyRequest,
  type VerifyRequestErrorType,
  type VerifyRequestParameters,
  type VerifyRequestReturnType,
} from "./verifyRequest.ts";

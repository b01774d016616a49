// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface JudgeDocumentParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  admissionId: Hex32;
  approve: boolean;
}
export type JudgeDocumentReturnType = WriteReturnType;
export type JudgeDocumentErrorType = WriteErrorType;

/**
 * A registrar's verdict on a proposed document. Verify the document first: a bad one is slashable.
 *
 * @example
 * await judgeDocument(client, { deployment, admissionId, approve: true });
 */
export async function judgeDocument(
  client: Client,
  parameters: JudgeDocumentParameters,
): Promise<JudgeDocumentReturnType> {
  const { deployment, admissionId, approve, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "judgeDocument",
    data: encodeCall({
      abi: enclaveRegistryAbi,
      functionName: "judgeDocument",
      args: [admissionId, approve],
    }),
  });
}

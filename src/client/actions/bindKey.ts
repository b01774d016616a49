// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { zkmlEvidenceAbi } from "../../abi/zkmlEvidence.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface BindKeyParameters extends WriteOptions {
  deployment: DeploymentWith<"zkmlEvidence">;
  modelId: ModelId;
}
export type BindKeyReturnType = WriteReturnType;
export type BindKeyErrorType = WriteErrorType;

/**
 * Has the chain remember where a model's verifying key is, once for ever: every proof of the model is cheaper afterwards.
 *
 * @example
 * await bindKey(client, { deployment, modelId });
 */
export async function bindKey(
  client: Client,
  parameters: BindKeyParameters,
): Promise<BindKeyReturnType> {
  const { deployment, modelId, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.zkmlEvidence,
    functionName: "bindKey",
    data: encodeCall({ abi: zkmlEvidenceAbi, functionName: "bindKey", args: [modelId] }),
  });
}

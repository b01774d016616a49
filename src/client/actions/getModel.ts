// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { modelRegistryAbi } from "../../abi/modelRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import type { Model } from "../../protocol/model.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetModelParameters extends ReadOptions {
  deployment: DeploymentWith<"modelRegistry">;
  modelId: ModelId;
}
export type GetModelReturnType = Model;
export type GetModelErrorType = ReadErrorType;

/**
 * All fields of a model version; throws a `ContractRevertedError` (`ModelUnknown`) if there is
 * none.
 *
 * @example
 * const model = await getModel(client, { deployment, modelId });
 */
export async function getModel(
  client: Client,
  parameters: GetModelParameters,
): Promise<GetModelReturnType> {
  const { deployment, modelId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    functionName: "modelOf",
    args: [modelId],
  });
}

// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetJurorsParameters extends ReadOptions {
  deployment: DeploymentWith<"disputeCourt">;
  id: RequestId;
}
export type GetJurorsReturnType = readonly Address[];
export type GetJurorsErrorType = ReadErrorType;

/**
 * The jury of a dispute; empty before it is drawn.
 *
 * @example
 * const jurors = await getJurors(client, { deployment, id });
 */
export async function getJurors(
  client: Client,
  parameters: GetJurorsParameters,
): Promise<GetJurorsReturnType> {
  const { deployment, id, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.disputeCourt,
    abi: disputeCourtAbi,
    functionName: "jurorsOf",
    args: [id],
  });
}

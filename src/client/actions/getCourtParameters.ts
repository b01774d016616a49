// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { CourtParameters } from "../../protocol/dispute.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetCourtParametersParameters extends ReadOptions {
  deployment: DeploymentWith<"disputeCourt">;
}
export type GetCourtParametersReturnType = CourtParameters;
export type GetCourtParametersErrorType = ReadErrorType;

/**
 * The bonds and windows that the court was deployed with; they never change.
 *
 * @example
 * const { challengeBond } = await getCourtParameters(client, { deployment });
 */
export async function getCourtParameters(
  client: Client,
  parameters: GetCourtParametersParameters,
): Promise<GetCourtParametersReturnType> {
  const { deployment, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.disputeCourt,
    abi: disputeCourtAbi,
    functionName: "parameters",
  });
}

// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Request } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface DrawJuryParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  request: Request;
}
export type DrawJuryReturnType = WriteReturnType;
export type DrawJuryErrorType = WriteErrorType;

/**
 * Draws the jury of a dispute once its seed block is mined. Anyone may call it.
 *
 * @example
 * await drawJury(client, { deployment, request });
 */
export async function drawJury(
  client: Client,
  parameters: DrawJuryParameters,
): Promise<DrawJuryReturnType> {
  const { deployment, request, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "drawJury",
    data: encodeCall({ abi: disputeCourtAbi, functionName: "drawJury", args: [request] }),
  });
}

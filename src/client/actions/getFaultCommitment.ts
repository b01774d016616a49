// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Fault } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetFaultCommitmentParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  challenger: Address;
  batchId: Hex32;
  position: number;
  fault: Fault;
  /** 32 random bytes, to keep until the fault is shown. */
  salt: Hex32;
}
export type GetFaultCommitmentReturnType = Hex32;
export type GetFaultCommitmentErrorType = ReadErrorType;

/**
 * What to commit to before a fault is shown.
 *
 * @example
 * const commitment = await getFaultCommitment(client, { deployment, challenger, batchId, position, fault, salt });
 */
export async function getFaultCommitment(
  client: Client,
  parameters: GetFaultCommitmentParameters,
): Promise<GetFaultCommitmentReturnType> {
  const { deployment, challenger, batchId, position, fault, salt, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "challengeCommitment",
    args: [challenger, batchId, position, fault, salt],
  });
}

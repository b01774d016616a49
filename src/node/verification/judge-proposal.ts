// SPDX-License-Identifier: MIT
import { type Address, keccak256 } from "viem";

import { BaseError } from "../../protocol/errors.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { verifyAdmission } from "../../tee/index.ts";
import type { Chain } from "../chain.ts";
import { describeError, type LoggedError } from "../log.ts";

/** A proposed enclave document, as its event tells. */
export interface Proposal {
  admissionId: Hex32;
  node: Address;
  modelId: ModelId;
  key: Address;
  measurement: Hex32;
  /** Unix seconds, of the key. */
  expiresAt: number;
  challenge: Hex32;
  documentHash: Hex32;
  transactionHash: Hex32;
}

/** What the registries say, read beforehand. */
export interface ProposalContext {
  chain: Pick<Chain, "deployment" | "isLocal">;
  operator: Address;
  payout: Address;
  /** Whether the model's publisher allows the proposed measurement now. */
  isAllowed: boolean;
  /** Unix seconds, of the chain. */
  now: number;
}

function refuse(reason: string): LoggedError {
  return { code: "REFUSED", reason };
}

/** Judges a document; undefined approves it, anything else says why not. */
export function judgeProposal(
  proposal: Proposal,
  document: Uint8Array | undefined,
  context: ProposalContext,
): LoggedError | undefined {
  const { chain, operator, payout, isAllowed, now } = context;
  const { node, modelId, key, measurement, challenge } = proposal;
  if (document === undefined) return refuse("the document is not in the proposal's calldata");
  if (keccak256(document) !== proposal.documentHash) return refuse("the document has another hash");

  const binding = {
    chainId: chain.deployment.chainId,
    registry: chain.deployment.enclaveRegistry,
    node,
    operator,
    payout,
    key,
    modelId,
    challenge,
  };
  try {
    const verified = verifyAdmission(document, binding, {
      now,
      measurements: isAllowed ? [measurement] : [],
      developmentRoot: chain.isLocal,
    });
    if (verified.measurement !== measurement) return refuse("the document has another measurement");
    if (proposal.expiresAt > verified.expiresAt)
      return refuse("the key would outlive its document");
    return undefined;
  } catch (error) {
    if (error instanceof BaseError) return describeError(error);
    throw error;
  }
}

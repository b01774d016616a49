// SPDX-License-Identifier: MIT
// The interface of a node's HTTP service. Nodes and clients read each other's bodies by these same readers.
import type { Address, Hex } from "viem";

import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, ModelId, RequestId } from "../../protocol/ids.ts";
import { address, hexBytes, listOf, objectOf, oneOf, uint } from "../../protocol/json.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { readRequest, readResult } from "../../protocol/request-json.ts";

/** Body of `PUT /inputs`, and answer of `GET /inputs/:commitment`. */
export interface NodeInput {
  modelId: ModelId;
  input: Hex;
}

/** Answer of `PUT /inputs`: the commitment by the model's scheme, for `Request.inputCommitment`. */
export interface NodeInputReceipt {
  commitment: Hex32;
}

/** Answer of `GET /results/:requestId`. */
export interface NodeResult {
  request: Request;
  result: Result;
  /** The output bytes. */
  output: Hex;
  /** The node's EIP-712 signature over the result, 65 bytes. */
  signature: Hex;
}

/** Answer of `GET /outputs/:commitment`. */
export interface NodeOutput {
  output: Hex;
}

/** A piece of evidence in the answer of `GET /evidence/:requestId`. */
export interface NodeEvidencePiece {
  kind: Evidence;
  data: Hex;
}

/** Answer of `GET /evidence/:requestId`. */
export interface NodeEvidence {
  requestId: RequestId;
  evidence: NodeEvidencePiece[];
}

/** Answer of `GET /health`. */
export interface NodeHealth {
  /** `draining`: it finishes what it accepted and takes nothing new. */
  status: "ok" | "draining";
  node: Address;
  chainId: number;
  market: Address;
  /** Model versions that it serves. */
  models: ModelId[];
}

const MODELS_MAX = 1_024;

export const readNodeInput = objectOf<NodeInput>({ modelId: hexBytes(32), input: hexBytes() });

export const readNodeInputReceipt = objectOf<NodeInputReceipt>({ commitment: hexBytes(32) });

export const readNodeResult = objectOf<NodeResult>({
  request: readRequest,
  result: readResult,
  output: hexBytes(),
  signature: hexBytes(65),
});

export const readNodeOutput = objectOf<NodeOutput>({ output: hexBytes() });

export const readNodeEvidence = objectOf<NodeEvidence>({
  requestId: hexBytes(32),
  evidence: listOf(
    objectOf<NodeEvidencePiece>({ kind: oneOf(Object.values(Evidence)), data: hexBytes() }),
    Object.values(Evidence).length,
  ),
});

export const readNodeHealth = objectOf<NodeHealth>({
  status: oneOf(["ok", "draining"]),
  node: address,
  chainId: uint(53),
  market: address,
  models: listOf(hexBytes(32), MODELS_MAX),
});

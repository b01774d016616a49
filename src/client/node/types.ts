// SPDX-License-Identifier: MIT
// The interface of a node's HTTP service. Nodes and clients read each other's bodies by these same readers.
import type { Address, Hex } from "viem";

import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, ModelId, RequestId } from "../../protocol/ids.ts";
import {
  address,
  bigUint,
  hexBytes,
  listOf,
  objectOf,
  oneOf,
  textOf,
  uint,
} from "../../protocol/json.ts";
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

/** Body of `POST /orders`: a request with its client's signature, from `signOrder`. */
export interface NodeOrder {
  request: Request;
  /** 65 bytes. */
  signature: Hex;
}

/** Answer of `POST /orders`. */
export type NodeOrderResult = Omit<NodeResult, "request">;

/** Answer of `GET /outputs/:commitment`. */
export interface NodeOutput {
  output: Hex;
}

/** A piece of evidence in the answer of `GET /evidence/:requestId`. */
export interface NodeEvidencePiece {
  kind: Evidence;
  data: Hex;
  /** The transaction that brought it. */
  transactionHash: Hex32;
}

/** Answer of `GET /evidence/:requestId`. */
export interface NodeEvidence {
  requestId: RequestId;
  evidence: NodeEvidencePiece[];
}

/** The roles of nodes that serve, as words. */
const NODE_ROLES = ["inference", "verification"] as const;

/** Answer of `GET /health`. */
export interface NodeHealth {
  /** `draining`: it finishes what it accepted and takes nothing new. */
  status: "ok" | "draining";
  role: (typeof NODE_ROLES)[number];
  /** Of the package that it runs. */
  version: string;
  node: Address;
  chainId: number;
  market: Address;
  /** The newest block that it has followed; 0 while it starts. */
  block: bigint;
  /** Model versions that it serves. */
  models: ModelId[];
}

const MODELS_MAX = 1_024;
const VERSION_FORM = /^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,32})?$/;

export const readNodeInput = objectOf<NodeInput>({ modelId: hexBytes(32), input: hexBytes() });

export const readNodeInputReceipt = objectOf<NodeInputReceipt>({ commitment: hexBytes(32) });

export const readNodeResult = objectOf<NodeResult>({
  request: readRequest,
  result: readResult,
  output: hexBytes(),
  signature: hexBytes(65),
});

export const readNodeOrder = objectOf<NodeOrder>({
  request: readRequest,
  signature: hexBytes(65),
});

export const readNodeOrderResult = objectOf<NodeOrderResult>({
  result: readResult,
  output: hexBytes(),
  signature: hexBytes(65),
});

export const readNodeOutput = objectOf<NodeOutput>({ output: hexBytes() });

export const readNodeEvidence = objectOf<NodeEvidence>({
  requestId: hexBytes(32),
  evidence: listOf(
    objectOf<NodeEvidencePiece>({
      kind: oneOf(Object.values(Evidence)),
      data: hexBytes(),
      transactionHash: hexBytes(32),
    }),
    Object.values(Evidence).length,
  ),
});

export const readNodeHealth = objectOf<NodeHealth>({
  status: oneOf(["ok", "draining"]),
  role: oneOf(NODE_ROLES),
  version: textOf(VERSION_FORM, "a version such as 1.2.3"),
  node: address,
  chainId: uint(53),
  market: address,
  block: bigUint(64),
  models: listOf(hexBytes(32), MODELS_MAX),
});

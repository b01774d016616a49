// SPDX-License-Identifier: MIT
import { Evidence, NO_EVIDENCE, PROVING_EVIDENCE, toEvidenceSet } from "./evidence.ts";
import {
  address,
  bigUint,
  hexBytes,
  objectOf,
  oneOf,
  parseJson,
  toCanonicalJson,
  uint,
} from "./json.ts";
import type { Request, Result } from "./request.ts";

/** Far more than any request needs. */
const REQUEST_MAX_CHARS = 4_096;

/** Every set that a request may require. */
const REQUIRABLE = [
  NO_EVIDENCE,
  toEvidenceSet([Evidence.ZKML]),
  toEvidenceSet([Evidence.TEE]),
  PROVING_EVIDENCE,
];

/** Reads a request from parsed JSON. */
export const readRequest = objectOf<Request>({
  client: address,
  node: address,
  modelId: hexBytes(32),
  inputCommitment: hexBytes(32),
  dataCommitment: hexBytes(32),
  dataNode: address,
  requiredEvidence: oneOf(REQUIRABLE),
  maxFee: bigUint(128),
  unitPrice: bigUint(128),
  declaredValue: bigUint(128),
  deliverBy: uint(40),
  proveBy: uint(40),
  refundAfter: uint(40),
  consumer: address,
  callbackGas: uint(32),
  nonce: bigUint(64),
});

/** Reads a result from parsed JSON. */
export const readResult = objectOf<Result>({
  outputCommitment: hexBytes(32),
  units: uint(40),
  node: address,
});

/**
 * The request as canonical JSON.
 *
 * @example
 * const request = parseRequest(serializeRequest(order));
 */
export function serializeRequest(request: Request): string {
  return toCanonicalJson(request);
}

/** Reads a request; throws a `BaseError` that names the path of whatever is missing, unknown or wrong. */
export function parseRequest(text: string): Request {
  return parseJson(text, readRequest, { what: "request", limit: REQUEST_MAX_CHARS });
}

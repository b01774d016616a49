// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import { BaseError } from "../protocol/errors.ts";
import type { StateName } from "../protocol/state.ts";

/** A receipt was asked for before the request is final; `state` tells where it stands. */
export class RequestNotFinalError extends BaseError {
  override readonly code = "VERIFY-001";
  readonly state: StateName | "UNKNOWN";
  constructor(id: Hex, state: StateName | "UNKNOWN", waitFor: string) {
    super(`The request is ${state}, not FINAL: there is no receipt yet. Wait ${waitFor}.`, {
      details: [`request id: ${id}`],
    });
    this.state = state;
  }
}

/** Evidence was brought through another contract, so that its bytes cannot be read from the transaction's calldata. */
export class WrappedCallError extends BaseError {
  override readonly code = "VERIFY-002";
  readonly transactionHash: Hex;
  constructor(transactionHash: Hex, contract: string) {
    super(
      `The call came wrapped in a call of another contract, whose calldata is not read. Have evidence brought directly.`,
      { details: [`transaction: ${transactionHash}`, `contract called: ${contract}`] },
    );
    this.transactionHash = transactionHash;
  }
}

/** A transaction that should carry evidence of one kind carries something else. */
export class EvidenceCallError extends BaseError {
  override readonly code = "VERIFY-003";
  readonly transactionHash: Hex;
  constructor(transactionHash: Hex, reason: string, cause?: unknown) {
    super(`The transaction does not carry this evidence: ${reason}. Check its hash.`, {
      cause,
      details: [`transaction: ${transactionHash}`],
    });
    this.transactionHash = transactionHash;
  }
}

/** The node that served the request names no HTTP service that could be asked. */
export class EndpointMissingError extends BaseError {
  override readonly code = "VERIFY-004";
  constructor(node: string) {
    super(
      `The node has no endpoint on chain. Get its signed output otherwise and pass \`fetchOutput\`.`,
      { details: [`node: ${node}`] },
    );
  }
}

/** The output that was fetched is not the one that the result on chain commits to. */
export class OutputMismatchError extends BaseError {
  override readonly code = "VERIFY-005";
  constructor(commitment: Hex, expected: Hex) {
    super("The fetched output is not the one on chain. Do not use it; ask again or elsewhere.", {
      details: [`its commitment: ${commitment}`, `on chain: ${expected}`],
    });
  }
}

/** A block or transaction that the chain does not have (any more). */
export class ChainItemMissingError extends BaseError {
  override readonly code = "VERIFY-006";
  constructor(what: string) {
    super(`The chain has no ${what}. It was reorganised away, or the RPC serves another chain.`);
  }
}

/** A receipt says something that is not so. Checks throw it, reports carry its message; nobody else meets it. */
export class RefutedError extends BaseError {
  override readonly code = "VERIFY-007";
}

// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import { BaseError } from "../protocol/errors.ts";

/** A contract refused a call; `errorName` and `args` are the decoded custom error. */
export class ContractRevertedError extends BaseError {
  override readonly code = "CLIENT-001";
  readonly functionName: string;
  /** The Solidity error's name, for example `BalanceInsufficient`. */
  readonly errorName: string;
  /** Its arguments in order. */
  readonly args: readonly unknown[];

  constructor(parameters: {
    functionName: string;
    errorName: string;
    args: readonly unknown[];
    /** What happened and how to fix it. */
    hint: string;
    /** The error with its arguments, as in Solidity. */
    signature: string;
    cause: unknown;
  }) {
    super(`${parameters.functionName} was refused: ${parameters.hint}`, {
      cause: parameters.cause,
      details: [parameters.signature],
    });
    this.functionName = parameters.functionName;
    this.errorName = parameters.errorName;
    this.args = parameters.args;
  }
}

/** A contract refused a call with data that is no known custom error. */
export class UnknownRevertError extends BaseError {
  override readonly code = "CLIENT-002";
  readonly data: Hex | undefined;

  constructor(functionName: string, data: Hex | undefined, cause: unknown) {
    super(`${functionName} was refused for an unknown reason. Check addresses and gas limit.`, {
      cause,
      details: [`revert data: ${data ?? "none"}`],
    });
    this.data = data;
  }
}

/** The chain's RPC failed; nothing is known about the call. */
export class RpcFailedError extends BaseError {
  override readonly code = "CLIENT-003";
  constructor(functionName: string, reason: string, cause: unknown) {
    super(`${functionName} failed at the RPC: ${reason} Check that its URL answers.`, { cause });
  }
}

/** A write was asked for without an account. */
export class AccountMissingError extends BaseError {
  override readonly code = "CLIENT-004";
  constructor(functionName: string) {
    super(`${functionName} needs an account. Give the client one, or pass \`account\`.`);
  }
}

/** The client talks to another chain than the deployment is on. */
export class ChainMismatchError extends BaseError {
  override readonly code = "CLIENT-005";
  constructor(chainId: number, expected: number) {
    super(`The client is on chain ${chainId}, the deployment on ${expected}. Use its RPC.`);
  }
}

/** A transaction was mined and reverted; nothing but gas was spent. `cause` tells why, if a replay shows it. */
export class TransactionRevertedError extends BaseError {
  override readonly code = "CLIENT-006";
  readonly hash: Hex;
  constructor(functionName: string, hash: Hex, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : "A replay does not show why.";
    super(`The transaction of ${functionName} was mined and reverted. ${reason}`, {
      cause,
      details: [`transaction: ${hash}`],
    });
    this.hash = hash;
  }
}

/** A transaction was sent but its receipt was not seen in time: it may still be mined. */
export class TransactionPendingError extends BaseError {
  override readonly code = "CLIENT-007";
  readonly hash: Hex;
  constructor(functionName: string, hash: Hex, cause: unknown) {
    super(
      `The transaction of ${functionName} is pending. Look it up by its hash before sending again.`,
      { cause, details: [`transaction: ${hash}`] },
    );
    this.hash = hash;
  }
}

/** Another transaction took the nonce of the one that was sent. */
export class TransactionReplacedError extends BaseError {
  override readonly code = "CLIENT-008";
  readonly hash: Hex;
  constructor(functionName: string, hash: Hex, by: Hex) {
    super(`The transaction of ${functionName} was replaced by another one of the same nonce.`, {
      details: [`transaction: ${hash}`, `replaced by: ${by}`],
    });
    this.hash = hash;
  }
}

/** A transaction succeeded without the event that it must emit: the address is not the contract it should be. */
export class EventMissingError extends BaseError {
  override readonly code = "CLIENT-009";
  constructor(eventName: string, hash: Hex) {
    super(`The transaction emitted no ${eventName}. Check the deployment's addresses.`, {
      details: [`transaction: ${hash}`],
    });
  }
}

/** The chain does not tell an address of the deployment. */
export class DeploymentIncompleteError extends BaseError {
  override readonly code = "CLIENT-010";
  constructor(name: string, cause: unknown) {
    super(`The contracts do not name their ${name}. Pass it as \`known.${name}\`.`, { cause });
  }
}

/** No request of this id was opened on this market. */
export class RequestNotFoundError extends BaseError {
  override readonly code = "CLIENT-011";
  constructor(id: Hex) {
    super("No request of this id was opened on this market. Check id, chain and market.", {
      details: [`request id: ${id}`],
    });
  }
}

/** Nothing was delivered for the request yet, or its id is wrong. */
export class ResultNotFoundError extends BaseError {
  override readonly code = "CLIENT-026";
  constructor(id: Hex) {
    super("No result was delivered for this request. Check its status.", {
      details: [`request id: ${id}`],
    });
  }
}

/** An order was brought in a way that its calldata does not tell: through another contract, or not by this transaction. */
export class OrderUnreadableError extends BaseError {
  override readonly code = "CLIENT-027";
  readonly transactionHash: Hex;
  constructor(transactionHash: Hex, reason: string, cause?: unknown) {
    super(
      `The order cannot be read from the transaction that brought it: ${reason}. Ask its client for the request.`,
      { cause, details: [`transaction: ${transactionHash}`] },
    );
    this.transactionHash = transactionHash;
  }
}

/** The request ended without a usable result; `state` tells how. */
export class RequestEndedError extends BaseError {
  override readonly code = "CLIENT-012";
  readonly state: string;
  constructor(id: Hex, state: string) {
    super(
      `The request ended as ${state}: its fee was refunded. Order again if you need the answer.`,
      {
        details: [`request id: ${id}`],
      },
    );
    this.state = state;
  }
}

/** Waiting took longer than its time limit. */
export class WaitTimeoutError extends BaseError {
  override readonly code = "CLIENT-013";
  constructor(what: string, timeout: number) {
    super(`${what} did not happen within ${timeout} ms. Wait again, or raise \`timeout\`.`);
  }
}

/** The caller's AbortSignal ended the wait or the transfer. */
export class AbortedError extends BaseError {
  override readonly code = "CLIENT-014";
  constructor(what: string, cause: unknown) {
    super(`${what} was aborted by its caller.`, { cause });
  }
}

/** A node's HTTP service cannot be reached. */
export class NodeUnreachableError extends BaseError {
  override readonly code = "CLIENT-015";
  constructor(url: string, cause: unknown) {
    super("The node cannot be reached. Check its endpoint and try again.", {
      cause,
      details: [`url: ${url}`],
    });
  }
}

/** A node did not answer in time. */
export class NodeTimeoutError extends BaseError {
  override readonly code = "CLIENT-016";
  constructor(url: string, timeout: number) {
    super(`The node did not answer within ${timeout} ms. Try again, or raise \`timeout\`.`, {
      details: [`url: ${url}`],
    });
  }
}

/** A node answered with an error status. */
export class NodeRefusedError extends BaseError {
  override readonly code = "CLIENT-017";
  readonly status: number;
  constructor(url: string, status: number, reason: string) {
    super(`The node refused with status ${status}: ${reason}`, { details: [`url: ${url}`] });
    this.status = status;
  }
}

/** A node has nothing under this id or commitment; it may not have it yet. */
export class NodeNotFoundError extends BaseError {
  override readonly code = "CLIENT-018";
  constructor(url: string) {
    super("The node has nothing under this id (yet).", { details: [`url: ${url}`] });
  }
}

/** A node's answer, or what should be sent to it, is larger than the limit. */
export class NodeBodyTooLargeError extends BaseError {
  override readonly code = "CLIENT-019";
  constructor(url: string, limit: number) {
    super(`The body is larger than ${limit} bytes. Raise \`maxBytes\` if you expect that much.`, {
      details: [`url: ${url}`],
    });
  }
}

/** A node's answer is not what its interface promises. */
export class NodeAnswerError extends BaseError {
  override readonly code = "CLIENT-020";
  constructor(url: string, cause: unknown) {
    const reason = cause instanceof BaseError ? cause.message : "It is not JSON.";
    super(`The node's answer is malformed. ${reason} Use another node.`, {
      cause,
      details: [`url: ${url}`],
    });
  }
}

/** The bytes a node returned are not those that were asked for. */
export class NodeContentMismatchError extends BaseError {
  override readonly code = "CLIENT-021";
  constructor(url: string, what: string) {
    super(`The node's answer does not match its ${what}. Do not use it; ask another node.`, {
      details: [`url: ${url}`],
    });
  }
}

/** An endpoint that is no http or https URL. */
export class EndpointInvalidError extends BaseError {
  override readonly code = "CLIENT-022";
  constructor(endpoint: string, cause?: unknown) {
    super(`"${endpoint}" is no http or https URL. Pass the node's base URL.`, { cause });
  }
}

/** Signing failed: the wallet refused, or has no account. */
export class SigningFailedError extends BaseError {
  override readonly code = "CLIENT-023";
  constructor(what: string, cause: unknown) {
    super(`Signing the ${what} failed. Use a wallet that signs EIP-712 data.`, { cause });
  }
}

/** A call that cannot be made: an argument does not fit its type, the account lacks ether, or its owner refused. */
export class CallInvalidError extends BaseError {
  override readonly code = "CLIENT-024";
  constructor(functionName: string, reason: string, cause: unknown) {
    super(`${functionName} cannot be called: ${reason}`, { cause });
  }
}

/** There is no such contract at the address. */
export class ContractMissingError extends BaseError {
  override readonly code = "CLIENT-025";
  constructor(functionName: string, cause: unknown) {
    super(`${functionName} found no contract. Check the chain and the deployment's addresses.`, {
      cause,
    });
  }
}

/** A request that a channel's client does not allow: nothing was signed. */
export class ChannelAllowanceError extends BaseError {
  override readonly code = "CLIENT-030";
  constructor(maxCharge: bigint, allowance: bigint) {
    super(
      `The channel could be charged ${maxCharge} token units, and is allowed ${allowance}. Add to it, or allow more.`,
    );
  }
}

// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

/* START */

/** The RPC serves another chain than the deployment is on. */
export class WrongChainError extends BaseError {
  override readonly code = "NODE-001";
  constructor(chainId: number, expected: number) {
    super(`The RPC serves chain ${chainId}, the deployment is on ${expected}. Use its RPC.`);
  }
}

/** There is no contract where the market should be. */
export class MarketMissingError extends BaseError {
  override readonly code = "NODE-002";
  constructor(market: string) {
    super(`There is no contract at the market's address ${market}. Check the deployment file.`);
  }
}

/** No registered version of a model has its weights and its verifying key. */
export class ModelUnregisteredError extends BaseError {
  override readonly code = "NODE-003";
  constructor(name: string, weights: string) {
    super(`No registered version of "${name}" has its weights and key. Check chain and files.`, {
      details: [`weights commitment: ${weights}`],
    });
  }
}

/** The key's address is registered for another role. */
export class RoleTakenError extends BaseError {
  override readonly code = "NODE-004";
  constructor(address: string, role: number, wanted: number) {
    super(`${address} is registered with role ${role}, not ${wanted}. Use another key.`);
  }
}

/** The key's address has retired; it can never be a node again. */
export class NodeRetiredError extends BaseError {
  override readonly code = "NODE-005";
  constructor(address: string) {
    super(`The node ${address} has retired. Use another key.`);
  }
}

/** Another process serves with the same key. */
export class NodeRunningError extends BaseError {
  override readonly code = "NODE-006";
  constructor(address: string, endpoint: string) {
    super(`A process at ${endpoint} already runs the node ${address}. Stop it first.`);
  }
}

/** The HTTP server cannot listen. */
export class ListenFailedError extends BaseError {
  override readonly code = "NODE-007";
  constructor(host: string, port: number, cause: unknown) {
    super(`Cannot listen on ${host}:${port}. Choose a free port, or 0 for any.`, { cause });
  }
}

/** The private key is not one. It is not shown. */
export class PrivateKeyInvalidError extends BaseError {
  override readonly code = "NODE-008";
  constructor() {
    super("The private key must be 32 bytes in hex with 0x, and a valid secp256k1 key.");
  }
}

/** An option of a node has a value that it cannot have. */
export class OptionInvalidError extends BaseError {
  override readonly code = "NODE-009";
  constructor(name: string, expected: string) {
    super(`The option \`${name}\` must be ${expected}.`);
  }
}

/* WORK */

/** Too many transactions wait for their turn. */
export class TransactionQueueFullError extends BaseError {
  override readonly code = "NODE-020";
  constructor(limit: number) {
    super(`${limit} transactions wait. The chain is too slow for this node's work.`);
  }
}

/** The node is stopping. */
export class NodeStoppedError extends BaseError {
  override readonly code = "NODE-021";
  constructor() {
    super("The node is stopping; the work was left for its next start.");
  }
}

/** The node's own answer is not what the model computes, so that it cannot be proved. */
export class AnswerUnprovableError extends BaseError {
  override readonly code = "NODE-023";
  constructor() {
    super("The answer differs from what the model computes. Check the runtime.");
  }
}

/** No enclave key of this node is live. */
export class EnclaveNotLiveError extends BaseError {
  override readonly code = "NODE-024";
  constructor() {
    super("No enclave key of this node is live now. Wait for the registrars' verdict.");
  }
}

/** Bytes whose commitment is not the one asked for. */
export class InputMismatchError extends BaseError {
  override readonly code = "NODE-025";
  constructor() {
    super("The input does not have its commitment. The node that served it is at fault.");
  }
}

/** A job names a model that this process does not have. */
export class ModelMissingError extends BaseError {
  override readonly code = "NODE-027";
  constructor(modelId: string) {
    super(`This process does not have the model ${modelId}. Start it with that model's files.`);
  }
}

/** Two orders of one channel came at the same time for one index. */
export class IndexTakenError extends BaseError {
  override readonly code = "NODE-028";
  constructor(index: number) {
    super(`The channel's index ${index} is taken. Send the order again with the next.`);
  }
}

/** A batch of the node's own that its own check refuses: posting it would cost the bond. */
export class BatchUnsoundError extends BaseError {
  override readonly code = "NODE-029";
  constructor(fault: string, position: number) {
    super(`The batch was not posted: its receipt ${position} has the fault ${fault}.`);
  }
}

/** A batch whose receipts its node does not give, or gives otherwise than it posted. */
export class BatchWithheldError extends BaseError {
  override readonly code = "NODE-030";
  constructor(missing: number, count: number) {
    super(`${missing} of ${count} receipts of the batch could not be had.`);
  }
}

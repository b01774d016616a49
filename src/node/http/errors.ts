// SPDX-License-Identifier: MIT
import type { ContentfulStatusCode } from "hono/utils/http-status";

import { BaseError } from "../../protocol/errors.ts";
import {
  ContentMissingError,
  ContentNameError,
  ContentStoreFullError,
  ContentTooLargeError,
} from "../../store/index.ts";
import { RuntimeError, RuntimeInputError } from "../runtimes/errors.ts";

/** An error that a client of the HTTP service caused or can do something about. */
export abstract class HttpError extends BaseError {
  abstract readonly status: ContentfulStatusCode;
}

/** There is no such path. */
export class PathUnknownError extends HttpError {
  override readonly code = "NODE-040";
  override readonly status = 404;
  constructor() {
    super("There is no such path. See docs/protocol.md for the node's interface.");
  }
}

/** The body is too large. */
export class BodyTooLargeError extends HttpError {
  override readonly code = "NODE-041";
  override readonly status = 413;
  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes.`);
  }
}

/** The body is not JSON by its header. */
export class MediaTypeError extends HttpError {
  override readonly code = "NODE-042";
  override readonly status = 415;
  constructor() {
    super("The body must be JSON: send `content-type: application/json`, uncompressed.");
  }
}

/** The node has no such model version. */
export class ModelNotServedError extends HttpError {
  override readonly code = "NODE-043";
  override readonly status = 422;
  constructor(modelId: string) {
    super(`This node does not serve the model ${modelId}. Choose another node.`);
  }
}

/** The order's input was never sent. */
export class InputMissingError extends HttpError {
  override readonly code = "NODE-044";
  override readonly status = 409;
  constructor() {
    super("The node does not hold the input. Send it to `/inputs` first.");
  }
}

/** The order cannot be served; the message says why. */
export class OrderRefusedError extends HttpError {
  override readonly code = "NODE-045";
  override readonly status = 422;
  /** The Solidity error with which the chain would refuse it, or a word of this node. */
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(`The order is refused (${reason}): ${message}`);
    this.reason = reason;
  }
}

/** The node has too much to do. */
export class NodeBusyError extends HttpError {
  override readonly code = "NODE-046";
  override readonly status = 503;
  constructor(limit: number) {
    super(`The node works on ${limit} orders, as many as it takes. Try again shortly.`);
  }
}

/** The node has not caught up with the chain. */
export class NodeStartingError extends HttpError {
  override readonly code = "NODE-047";
  override readonly status = 503;
  constructor() {
    super("The node is starting. Try again shortly.");
  }
}

/** The order for a receipt cannot be taken; the message says why. */
export class ReceiptRefusedError extends HttpError {
  override readonly code = "NODE-051";
  override readonly status = 422;
  /** A word that programs can switch on. */
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(`The order is refused (${reason}): ${message}`);
    this.reason = reason;
  }
}

/** The node has no receipt of this request. */
export class ReceiptUnknownError extends HttpError {
  override readonly code = "NODE-052";
  override readonly status = 404;
  constructor() {
    super("The node has no such receipt or batch. Check the request id or the root.");
  }
}

/** The receipt's batch is not on chain yet. */
export class ReceiptPendingError extends HttpError {
  override readonly code = "NODE-053";
  override readonly status = 409;
  constructor() {
    super("The receipt's batch is not posted yet. Ask again later.");
  }
}

/** A signature that does not count for the batch. */
export class SeatRefusedError extends HttpError {
  override readonly code = "NODE-054";
  override readonly status = 422;
  constructor(reason: string) {
    super(`The signature does not count: ${reason}`);
  }
}

/** A closing that the node cannot sign now. */
export class ClosingRefusedError extends HttpError {
  override readonly code = "NODE-055";
  override readonly status = 409;
  constructor(reason: string) {
    super(`The channel cannot be closed: ${reason}`);
  }
}

/** No enclave of the node is ready. */
export class EnclaveUnreadyError extends HttpError {
  override readonly code = "NODE-056";
  override readonly status = 503;
  constructor() {
    super("No enclave of the node is ready for this model. Try again shortly.");
  }
}

/** The node failed by itself; its log says why. */
export class NodeFailedError extends HttpError {
  override readonly code = "NODE-050";
  override readonly status = 500;
  constructor() {
    super("The node failed to answer. Try again, or use another node.");
  }
}

/** The status of an error that is not an {@link HttpError}; undefined if it is the node's own affair. */
export function statusOf(error: BaseError): ContentfulStatusCode | undefined {
  if (error instanceof HttpError) return error.status;
  if (error instanceof ContentMissingError) return 404;
  if (error instanceof ContentNameError) return 400;
  if (error instanceof ContentTooLargeError) return 413;
  if (error instanceof ContentStoreFullError) return 507;
  if (error instanceof RuntimeInputError) return 400;
  if (error instanceof RuntimeError) return error.retryable ? 503 : 502;
  // What a reader of `protocol` or a model's domain check found in the body.
  return error.code.startsWith("PROTO-") || error.code.startsWith("ZKML-") ? 400 : undefined;
}

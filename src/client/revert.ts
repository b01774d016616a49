// SPDX-License-Identifier: MIT
import {
  AbiDecodingZeroDataError,
  BaseError as ViemError,
  decodeErrorResult,
  ExecutionRevertedError,
  FeeCapTooHighError,
  FeeCapTooLowError,
  type Hex,
  HttpRequestError,
  InsufficientFundsError,
  IntrinsicGasTooHighError,
  IntrinsicGasTooLowError,
  isHex,
  NonceTooHighError,
  NonceTooLowError,
  RpcError,
  RpcRequestError,
  TimeoutError,
  UserRejectedRequestError,
  WebSocketRequestError,
} from "viem";

import { assayErrorsAbi } from "../abi/assayErrors.ts";
import { BaseError } from "../protocol/errors.ts";
import {
  CallInvalidError,
  ContractMissingError,
  ContractRevertedError,
  RpcFailedError,
  UnknownRevertError,
} from "./errors.ts";
import { hintFor } from "./revertHints.ts";

/** What a read may throw. */
export type ReadErrorType =
  | ContractRevertedError
  | UnknownRevertError
  | RpcFailedError
  | CallInvalidError
  | ContractMissingError;

/** viem's errors that tell of the way to the chain, not of the call. */
const TRANSPORT_ERRORS = [
  HttpRequestError,
  RpcError,
  RpcRequestError,
  TimeoutError,
  WebSocketRequestError,
];

/** viem's errors that come by the same way but tell of the call, or of who should sign it. */
const CALL_ERRORS = [
  FeeCapTooHighError,
  FeeCapTooLowError,
  InsufficientFundsError,
  IntrinsicGasTooHighError,
  IntrinsicGasTooLowError,
  NonceTooHighError,
  NonceTooLowError,
  UserRejectedRequestError,
];

/** Causes are followed this far; a longer chain is a loop. */
const DEEPEST_CAUSE = 16;

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** The revert data somewhere below an error: wallets and nodes nest it differently. */
function findRevertData(error: unknown): Hex | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && current !== undefined; depth += 1) {
    const data = field(current, "data");
    const found = [field(current, "raw"), data, field(data, "data")].find((value) => isHex(value));
    if (found !== undefined) return found;
    current = field(current, "cause");
  }
  return undefined;
}

type ErrorClass = abstract new (...args: never[]) => Error;

function isCausedBy(error: unknown, classes: readonly ErrorClass[]): boolean {
  if (!(error instanceof ViemError)) return false;
  return error.walk((cause) => classes.some((known) => cause instanceof known)) !== null;
}

function formatArgument(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return `(${Object.values(value).map(formatArgument).join(", ")})`;
}

/**
 * Decodes revert data of a call into a typed error. Custom errors of all contracts, `Error(string)` and `Panic(uint256)`
 * are known.
 *
 * @example
 * const error = decodeRevert("openRequest", data);
 * if (error instanceof ContractRevertedError) console.log(error.errorName, error.args);
 */
export function decodeRevert(
  functionName: string,
  data: Hex,
  cause?: unknown,
): ContractRevertedError | UnknownRevertError {
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: assayErrorsAbi, data });
    return new ContractRevertedError({
      functionName,
      errorName,
      args,
      hint: hintFor(errorName),
      signature: `${errorName}(${args.map(formatArgument).join(", ")})`,
      cause,
    });
  } catch (undecodable) {
    return new UnknownRevertError(functionName, data, cause ?? undecodable);
  }
}

/** Turns whatever viem threw during a call into one of our errors. */
export function toCallError(functionName: string, error: unknown): BaseError {
  if (error instanceof BaseError) return error;
  const data = findRevertData(error);
  if (data !== undefined) return decodeRevert(functionName, data, error);
  if (isCausedBy(error, [ExecutionRevertedError])) {
    return new UnknownRevertError(functionName, undefined, error);
  }
  if (isCausedBy(error, [AbiDecodingZeroDataError])) {
    return new ContractMissingError(functionName, error);
  }
  const reason = error instanceof ViemError ? error.shortMessage : String(error);
  const failed = isCausedBy(error, TRANSPORT_ERRORS) && !isCausedBy(error, CALL_ERRORS);
  return failed
    ? new RpcFailedError(functionName, reason, error)
    : new CallInvalidError(functionName, reason, error);
}

/** Awaits a call and turns whatever it throws into one of our errors. */
export async function withCallErrors<T>(functionName: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toCallError(functionName, error);
  }
}

// SPDX-License-Identifier: MIT
// Owns how a command fails: every failure becomes one typed error and one exit code.
import { CommanderError } from "commander";
import { BaseError as ViemError } from "viem";

import {
  ChainMismatchError,
  ContractMissingError,
  DeploymentIncompleteError,
  NodeTimeoutError,
  NodeUnreachableError,
  RpcFailedError,
} from "../client/index.ts";
import { toCallError } from "../client/revert.ts";
import { ManifestUnusableError, UpstreamKeyError } from "../node/index.ts";
import { BaseError } from "../protocol/errors.ts";
import {
  CircuitCorruptError,
  CircuitNotBuiltError,
  ImageFormatError,
  ImageSizeError,
} from "../zkml/index.ts";
import { CliError, EXIT, UnexpectedError, UsageError } from "./errors.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

const ENVIRONMENT: readonly ErrorClass[] = [
  ChainMismatchError,
  CircuitCorruptError,
  CircuitNotBuiltError,
  ContractMissingError,
  DeploymentIncompleteError,
  NodeTimeoutError,
  NodeUnreachableError,
  RpcFailedError,
];
const USAGE: readonly ErrorClass[] = [
  ImageFormatError,
  ImageSizeError,
  ManifestUnusableError,
  UpstreamKeyError,
];
/** What a node meets before it serves. */
const NODE_START = /^NODE-0(0\d|10|68)$/;
/** Words and files of the command line that are malformed. */
const PROTOCOL = /^PROTO-/;

/** The typed error of whatever was thrown. */
export function toTypedError(error: unknown): BaseError {
  if (error instanceof BaseError) return error;
  if (error instanceof CommanderError) return new UsageError(error.message);
  if (error instanceof ViemError) return toCallError("The call", error);
  return new UnexpectedError(error);
}

/** The exit code that docs/cli.md gives for an error. */
export function exitCodeOf(error: BaseError): number {
  if (error instanceof CliError) return error.exitCode;
  const isOf = (classes: readonly ErrorClass[]) => classes.some((known) => error instanceof known);
  if (isOf(USAGE) || PROTOCOL.test(error.code)) return EXIT.usage;
  if (isOf(ENVIRONMENT) || NODE_START.test(error.code)) return EXIT.environment;
  return EXIT.failed;
}

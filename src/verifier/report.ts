// SPDX-License-Identifier: MIT
import { AbortedError, RpcFailedError } from "../client/errors.ts";
import { BaseError } from "../protocol/errors.ts";
import type { Path } from "../protocol/evidence.ts";
import { RefutedError } from "./errors.ts";

/** What is checked, in this order; evidence once per piece. */
export type CheckName =
  | "format"
  | "chain"
  | "request"
  | "inclusion"
  | "payment"
  | "model"
  | "binding"
  | `evidence:${Path}`
  | "finality";

/** The outcome of one check. */
export interface Check {
  name: CheckName;
  ok: boolean;
  /** One plain sentence or two: what was found, printable and short whatever the receipt contains. */
  explanation: string;
}

/** The outcome of a verification. */
export interface VerificationReport {
  /** Whether every check succeeded. */
  ok: boolean;
  /** Ends after `format` or `chain` if that one failed: then nothing else means anything. */
  checks: Check[];
}

/** Says what it found if all is well; throws a {@link RefutedError}, or another `BaseError`, if not. */
export type CheckFunction = () => Promise<string> | string;

const EXPLANATION_MAX = 320;

/** Refutes the receipt unless the condition holds. */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new RefutedError(otherwise);
}

/**
 * Carries out one check. An RPC that fails is no fault of the receipt: that error is thrown on. Whatever else goes wrong
 * fails the check.
 */
export async function runCheck(name: CheckName, check: CheckFunction): Promise<Check> {
  try {
    return { name, ok: true, explanation: toExplanation(await check()) };
  } catch (error) {
    if (error instanceof RpcFailedError || error instanceof AbortedError) throw error;
    return { name, ok: false, explanation: toExplanation(reasonOf(error)) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BaseError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `The check could not be carried out: ${reason}`;
}

/** Receipts are written by strangers: what is quoted from them becomes one printable line. */
function toExplanation(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7e]+/g, " ").replaceAll(/ {2,}/g, " ");
  return line.length <= EXPLANATION_MAX ? line : `${line.slice(0, EXPLANATION_MAX)}...`;
}

// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";
import { QueryFailedError } from "./errors.ts";

const SHOWN_CHARS = 60;

/** Runs a statement; its failure becomes ours. Values are never shown. */
export async function withQueryErrors<T>(text: string, run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (cause) {
    if (cause instanceof BaseError) throw cause;
    const statement = text.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN_CHARS);
    throw new QueryFailedError(statement, sqlStateOf(cause), cause);
  }
}

function sqlStateOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : "";
}

/** Whether it is the connection or the server that failed, so that the same statement may succeed later. */
export function isOutage(error: unknown): boolean {
  // Connection exceptions, out of resources, and a server that stops or starts.
  return error instanceof QueryFailedError && /^$|^(08|53|57)/.test(error.sqlState);
}

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

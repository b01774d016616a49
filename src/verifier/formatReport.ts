// SPDX-License-Identifier: MIT
import type { VerificationReport } from "./report.ts";

/**
 * A report for people: one line for each check, then the verdict.
 *
 * @example
 * console.log(formatReport(await verifyReceipt(client, { deployment, receipt })));
 */
export function formatReport({ ok, checks }: VerificationReport): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(
    (check) => `${check.ok ? "✓" : "✗"} ${check.name.padEnd(width)}  ${check.explanation}`,
  );
  const failed = checks.filter((check) => !check.ok).map(({ name }) => name);
  const verdict = ok
    ? "The receipt is valid."
    : `The receipt is NOT valid: ${failed.join(", ")} failed.`;
  return [...lines, verdict].join("\n");
}

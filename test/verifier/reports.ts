// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { formatReport, type VerificationReport } from "../../src/verifier/index.ts";

/** Fails unless the report is good. */
export function expectValid(report: VerificationReport, label: string): void {
  expect(report.ok, `${label}\n${formatReport(report)}`).to.equal(true);
}

/** Fails unless exactly these checks failed, the first of them for this reason. */
export function expectRefuted(
  report: VerificationReport,
  names: string | readonly string[],
  reason: RegExp,
  label: string,
): void {
  expect(report.ok, label).to.equal(false);
  const failed = report.checks.filter(({ ok }) => !ok);
  expect(
    failed.map(({ name }) => name).join(),
    `${label}: what failed\n${formatReport(report)}`,
  ).to.equal([names].flat().join());
  expect(failed[0]?.explanation, `${label}: why`).to.match(reason);
}

/** The explanation of one check. */
export function explanationOf({ checks }: VerificationReport, name: string): string {
  return checks.find((check) => check.name === name)?.explanation ?? `no check ${name}`;
}

// SPDX-License-Identifier: MIT
import {
  findPostgres,
  isPostgresRequired,
  POSTGRES_MISSING,
} from "../../scripts/postgres-server.ts";

/**
 * Whether suites about Postgres can run. Where they cannot, it says how to change that; tests that are not there count as
 * nothing, unless ASSAY_REQUIRE names postgres.
 */
export function hasPostgres(): boolean {
  if (findPostgres() !== undefined) return true;
  if (isPostgresRequired()) {
    it("Postgres", () => {
      throw new TypeError(`${POSTGRES_MISSING}, and ASSAY_REQUIRE asks for it.`);
    });
  } else process.stderr.write(`${POSTGRES_MISSING}: what needs it is left out.\n`);
  return false;
}

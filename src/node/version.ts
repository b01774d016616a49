// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** The package's version, from package.json: the same file in a checkout and in the published package. */
export const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

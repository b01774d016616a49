// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { CheckoutMissingError } from "./errors.ts";

/** The folder that holds package.json, in a checkout and in the published package alike. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url));

/** The checkout's root; throws for the published package, which has neither contracts nor scripts. */
export function checkoutRoot(command: string): string {
  if (!existsSync(join(packageRoot, "hardhat.config.ts"))) throw new CheckoutMissingError(command);
  return packageRoot;
}

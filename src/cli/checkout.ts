// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { CheckoutMissingError } from "./errors.ts";

/** The folder that holds package.json, in a checkout and in the published package alike. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Whether this is a checkout, which has contracts, circuits and scripts; the published package has none of them. */
export function isCheckout(): boolean {
  return existsSync(join(packageRoot, "hardhat.config.ts"));
}

/** The checkout's root; throws for the published package, see {@link isCheckout}. */
export function checkoutRoot(command: string): string {
  if (!isCheckout()) throw new CheckoutMissingError(command);
  return packageRoot;
}

// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { Deployment } from "../deployment.ts";

/** The deployment that a client's actions are bound to. */
export interface BoundDeployment {
  deployment: Deployment;
}

/** An action without client and deployment; its parameters may be left out if none is required. */
export type Bound<action> = action extends (
  client: Client,
  parameters: infer parameters,
) => infer returned
  ? object extends Omit<parameters, "deployment">
    ? (parameters?: Omit<parameters, "deployment">) => returned
    : (parameters: Omit<parameters, "deployment">) => returned
  : never;

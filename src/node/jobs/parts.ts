// SPDX-License-Identifier: MIT
import type { Logger } from "pino";
import type { Client } from "viem";

import type { Deployment } from "../../client/deployment.ts";
import type { AssayDomain } from "../../protocol/typed-data.ts";
import type { Content } from "../content.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Models } from "../models.ts";
import type { Provers } from "../provers.ts";

/** What jobs are done with: no key, so that any process may do them. */
export interface JobParts {
  chain: { client: Client; deployment: Deployment; domain: AssayDomain };
  models: Models;
  store: Content;
  provers: Provers;
  logger: Logger;
  metrics: Metrics;
}

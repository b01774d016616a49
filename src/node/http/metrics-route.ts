// SPDX-License-Identifier: MIT
import type { Logger } from "pino";

import { createApp } from "./app.ts";
import { listen, type Listening } from "./server.ts";

/** Where `GET /metrics` is served. */
export interface MetricsServer {
  /** Loopback by default, so that it is never public by accident. */
  host: string;
  port: number;
  render: () => Promise<{ text: string; contentType: string }>;
  logger: Logger;
}

/** Serves the metrics on a port of their own, and nothing else there. */
export function serveMetrics({ host, port, render, logger }: MetricsServer): Promise<Listening> {
  const app = createApp(logger);
  app.get("/metrics", async (context) => {
    const { text, contentType } = await render();
    return context.body(text, 200, { "content-type": contentType });
  });
  return listen(app, host, port);
}

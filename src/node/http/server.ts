// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer, type Server } from "node:http";

import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";

import { ListenFailedError } from "../errors.ts";

/** A server that listens. */
export interface Listening {
  /** Base URL. */
  endpoint: string;
  close(): Promise<void>;
}

const SERVER_LIMITS = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
} as const;
const MAX_CONNECTIONS = 256;

/** Binds the port, and returns once it is bound. */
export async function listen(app: Hono, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    createServer,
    serverOptions: SERVER_LIMITS,
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw new ListenFailedError(host, port, cause);
  }
  const bound = server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    endpoint: `http://${name}:${boundPort}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

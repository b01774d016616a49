// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

import { withQueryErrors } from "./failure.ts";

const RECONNECT_MS = 1_000;

type OnPayload = (payload: string) => void;

/** One connection that only listens, and connects again when it breaks. */
export class Ears {
  readonly #connection: ClientConfig;
  readonly #listeners = new Map<string, OnPayload[]>();
  readonly #stop = new AbortController();
  #client: Client | undefined;
  /** The first connection; its failure is the first listener's. */
  #first: Promise<Client> | undefined;
  #loop: Promise<void> | undefined;

  constructor(connection: ClientConfig) {
    this.#connection = connection;
  }

  /** Resolves once the server knows of it; what is said from then on is heard. */
  async listen(channel: string, onPayload: OnPayload): Promise<void> {
    this.#first ??= this.#connect();
    try {
      await this.#first;
    } catch (error) {
      this.#first = undefined;
      throw error;
    }
    this.#loop ??= this.#reconnect();
    const known = this.#listeners.get(channel);
    if (known === undefined) this.#listeners.set(channel, [onPayload]);
    else known.push(onPayload);
    // Said again for a known channel: it may still be on its way, and saying it twice is nothing. While the connection
    // is broken, the next one says it.
    if (this.#client !== undefined) await listenOn(this.#client, channel);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#first?.catch(() => undefined);
    await this.#client?.end();
    await this.#loop;
  }

  async #connect(): Promise<Client> {
    const client = new Client({ ...this.#connection, keepAlive: true });
    client.on("notification", ({ channel, payload = "" }) => {
      for (const hear of this.#listeners.get(channel) ?? []) hear(payload);
    });
    // A connection that breaks also ends, which is what counts.
    client.on("error", () => {});
    let ended = false;
    client.on("end", () => {
      ended = true;
      if (this.#client === client) this.#client = undefined;
    });
    await withQueryErrors("connect", client.connect());
    for (const channel of this.#listeners.keys()) await listenOn(client, channel);
    if (!ended) this.#client = client;
    return client;
  }

  /** One attempt at a time, however often the connection breaks. */
  async #reconnect(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const client = this.#client;
      if (client !== undefined) await new Promise((resolve) => client.once("end", resolve));
      if (signal.aborted) return;
      try {
        await delay(RECONNECT_MS, undefined, { signal, ref: false });
        const again = await this.#connect();
        if (signal.aborted) await again.end();
      } catch {
        // The server is still away, or we are closing: the loop's condition tells.
      }
    }
  }
}

async function listenOn(client: Client, channel: string): Promise<void> {
  await withQueryErrors("LISTEN", client.query(`LISTEN ${client.escapeIdentifier(channel)}`));
}

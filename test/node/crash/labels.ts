// SPDX-License-Identifier: MIT
// Names for everything that a process waits for, so that it can be killed before or after exactly one of them.
import { type HttpTransportConfig, http, type Transport } from "viem";

import type { Database, Queryable } from "../../../src/store/index.ts";

const NAME_CHARS = 120;

export type Phase = "start" | "idle" | "work";

/** Counts each statement and each RPC call of a phase, and kills this process around the first one that is named. */
export class Labels {
  phase: Phase = "start";
  /** In the order of their first occurrence. */
  readonly seen = new Set<string>();
  readonly #killAt: ReadonlySet<string>;
  readonly #die: (label: string) => void;
  readonly #counts = new Map<string, number>();

  /** @param die Does not return. */
  constructor(killAt: readonly string[], die: (label: string) => void) {
    this.#killAt = new Set(killAt);
    this.#die = die;
  }

  async around<T>(name: string, call: () => Promise<T>): Promise<T> {
    const counted = this.#count(name);
    this.#chance(`before ${counted}`);
    const answer = await call();
    this.#chance(`after ${counted}`);
    return answer;
  }

  after(name: string): void {
    this.#chance(`after ${this.#count(name)}`);
  }

  #count(name: string): string {
    const counted = `${this.phase} ${name}`;
    const occurrence = (this.#counts.get(counted) ?? 0) + 1;
    this.#counts.set(counted, occurrence);
    return `${counted} #${occurrence}`;
  }

  #chance(label: string): void {
    this.seen.add(label);
    if (this.#killAt.has(label)) this.#die(label);
  }
}

/** A database whose every statement is a chance to die. */
export function labelDatabase(database: Database, labels: Labels): Database {
  const label = (queryable: Queryable, note: (name: string) => void = () => {}): Queryable => ({
    query: (text, values) => {
      const name = nameOf(text);
      note(name);
      return labels.around(name, () => queryable.query(text, values));
    },
  });
  return {
    ...database,
    ...label(database),
    transaction: async (work) => {
      let last = "";
      const note = (name: string) => {
        last = name;
      };
      const answer = await database.transaction((transaction) => work(label(transaction, note)));
      labels.after(`COMMIT of ${last}`);
      return answer;
    },
    script: (text) => labels.around(`script ${nameOf(text)}`, () => database.script(text)),
    notify: (channel, payload) =>
      labels.around(`NOTIFY ${channel}`, () => database.notify(channel, payload)),
  };
}

/** viem's `http` whose every call is a chance to die. */
export function labelTransport(labels: Labels) {
  return (url: string, config: HttpTransportConfig): Transport => {
    const inner = http(url, config);
    const labelled: Transport = (parameters) => {
      const made = inner(parameters);
      const ask = made.request as (...of: unknown[]) => Promise<unknown>;
      const request = (call: { method: string; params?: unknown }, options?: unknown) =>
        labels.around(nameOfCall(call), () => ask(call, options));
      return { ...made, request: request as typeof made.request };
    };
    return labelled;
  };
}

/** Ids in a text differ from run to run. */
function nameOf(text: string): string {
  const plain = text.replaceAll(/\s+/g, " ").replaceAll(/[0-9a-f]{8}(_[0-9a-f]{8})*/g, "x");
  return plain.trim().slice(0, NAME_CHARS);
}

/** Calls of contracts by their function. */
function nameOfCall({ method, params }: { method: string; params?: unknown }): string {
  const [first] = Array.isArray(params) ? (params as unknown[]) : [];
  const data = typeof first === "object" && first !== null ? Reflect.get(first, "data") : undefined;
  return typeof data === "string" ? `${method} ${data.slice(0, 10)}` : method;
}

// SPDX-License-Identifier: MIT
import type { Logger } from "pino";

import type { SenderHealth } from "./types.ts";

/** What keeps transactions from being mined now; each is logged when it begins and when it ends. */
export class Problems {
  readonly #logger: Logger;
  readonly #current = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Begins or ends a problem. */
  set(key: string, message: string | undefined): void {
    const known = this.#current.get(key);
    if (message === undefined) {
      this.#current.delete(key);
      if (known !== undefined) this.#logger.info({ problem: known }, "transactions go on");
      return;
    }
    this.#current.set(key, message);
    if (known === undefined) this.#logger.warn({ problem: message }, "transactions are held up");
  }

  has(key: string): boolean {
    return this.#current.has(key);
  }

  health(): SenderHealth {
    return { healthy: this.#current.size === 0, problems: [...this.#current.values()] };
  }
}

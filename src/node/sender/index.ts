// SPDX-License-Identifier: MIT
export * from "./errors.ts";
export { Sender } from "./sender.ts";
export { ONCE } from "./types.ts";
export type {
  SeenHead,
  SenderHealth,
  SenderParameters,
  SenderStatistics,
  SendOptions,
} from "./types.ts";

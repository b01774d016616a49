// SPDX-License-Identifier: MIT
export { createProvider } from "./chain-source.ts";
export * from "./errors.ts";
export { Follower } from "./follower.ts";
export type {
  Agreement,
  BlockLink,
  ChainLog,
  FollowerParameters,
  FollowerStatistics,
  Head,
  RpcErrorKind,
} from "./types.ts";

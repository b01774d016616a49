// SPDX-License-Identifier: MIT
/**
 * The nodes: daemons that follow the chain, serve inferences and verify them.
 *
 * @packageDocumentation
 */
export * from "./errors.ts";
export { startInferenceNode } from "./inference/service.ts";
export type {
  InferenceNodeOptions,
  NodeOptions,
  RunningNode,
  Runtime,
  VerificationNodeOptions,
} from "./types.ts";
export { startVerificationNode } from "./verification/service.ts";

// SPDX-License-Identifier: MIT
import { type Client, createClient, custom } from "viem";

/**
 * The same client, which asks the chain each question once. For who verifies many receipts at a time: those of one batch share
 * nearly all that is read. Warning: what changes meanwhile is not noticed, so make it anew for each look.
 *
 * @example
 * const remembering = rememberReads(client);
 * for (const receipt of receipts) await verifyReceipt(remembering, { deployment, receipt });
 */
export function rememberReads(client: Client): Client {
  const answers = new Map<string, Promise<unknown>>();
  const request = (question: { method: string; params?: unknown }): Promise<unknown> => {
    const key = JSON.stringify([question.method, question.params]);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = client.request(question as Parameters<typeof client.request>[0]);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    return answer;
  };
  return createClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 });
}

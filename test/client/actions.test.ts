// SPDX-License-Identifier: MIT
// The actions against the contracts on a local chain.
import { expect } from "chai";
import { zeroAddress, zeroHash } from "viem";

import {
  ChainMismatchError,
  ContractMissingError,
  ContractRevertedError,
  fetchDeployment,
  getNode,
  openRequest,
  parseDeployment,
  RequestEndedError,
  RequestNotFoundError,
  serializeDeployment,
  WaitTimeoutError,
} from "../../src/client/index.ts";
import {
  assayDomain,
  commitOutput,
  Evidence,
  evidenceOf,
  hashRequest,
  hashResult,
  modelIdOf,
  payoutOf,
  requiredEvidenceOf,
  Role,
  State,
  Verdict,
} from "../../src/protocol/index.ts";
import { enclave, makeModel, makeServedChain, output, PARAMETERS, tokens } from "./chain.ts";
import { rejection } from "./rejection.ts";

type Served = Awaited<ReturnType<typeof makeServedChain>>;

describe("client actions", () => {
  let chain: Served;
  before(async () => {
    chain = await makeServedChain();
  });
  after(() => chain.connection.close());

  const answer = () => ({
    outputCommitment: commitOutput(output),
    units: 1,
    node: chain.node.address,
  });

  describe("fetchDeployment", () => {
    it("default: discovers what the contracts tell", async () => {
      const { client, deployment } = chain;
      const { block, market } = deployment;
      const found = await fetchDeployment(client, { market, known: { block } });
      expect(found, "address book").to.deep.equal(deployment);
      expect(parseDeployment(serializeDeployment(found)), "as JSON").to.deep.equal(deployment);
    });

    it("behavior: no block means the first", async () => {
      const { client, deployment } = chain;
      const found = await fetchDeployment(client, { market: deployment.market });
      expect(found.block, "block").to.equal(0n);
    });

    it("error: no contract at the address", async () => {
      const error = await rejection(fetchDeployment(chain.client, { market: enclave.address }));
      expect(error, "empty account").to.be.instanceOf(ContractMissingError);
    });
  });

  describe("registerNode, registerModel", () => {
    it("default: what was registered is read back", async () => {
      const { client, node, deployment, modelId } = chain;
      const registered = await getNode(client, { deployment, node: node.address });
      expect(registered.role, "role").to.equal(Role.INFERENCE);
      expect(registered.payout, "payout").to.equal(node.address);
      expect(registered.stake, "free stake").to.equal(tokens("500"));
      expect(await client.getModelStake({ node: node.address, modelId }), "stake").to.deep.equal({
        opted: tokens("500"),
        locked: 0n,
      });
      const model = await client.getModel({ modelId });
      expect(model, "model").to.deep.equal(makeModel(client.address));
      expect(modelIdOf(model), "model id").to.equal(modelId);
      expect(await client.isServing({ node: node.address, modelId }), "serving").to.equal(true);
    });
  });

  describe("deposit, withdraw", () => {
    it("default: a permit deposits in one transaction", async () => {
      const { challenger, publicClient } = chain;
      const account = challenger.address;
      const before = await challenger.getLedgerBalance({ account });
      const nonce = await publicClient.getTransactionCount({ address: account });
      await challenger.depositWithPermit({ receiver: account, amount: 7n });
      await challenger.withdraw({ to: account, amount: 3n });
      expect(await challenger.getLedgerBalance({ account }), "balance").to.equal(before + 4n);
      expect(await publicClient.getTransactionCount({ address: account }), "sent").to.equal(
        nonce + 2,
      );
    });

    it("default: an authorisation deposits for who signed it, and only once", async () => {
      const { challenger, node, publicClient } = chain;
      const account = challenger.address;
      const before = await challenger.getLedgerBalance({ account });
      const sent = await publicClient.getTransactionCount({ address: account });
      const authorization = await challenger.signDeposit({ amount: 5n });
      await node.depositWithAuthorization({ authorization });
      expect(await challenger.getLedgerBalance({ account }), "balance").to.equal(before + 5n);
      expect(await publicClient.getTransactionCount({ address: account }), "sent").to.equal(sent);

      const again = await rejection(node.depositWithAuthorization({ authorization }));
      expect((again as ContractRevertedError).errorName, "again").to.equal(
        "ERC3009UsedAuthorization",
      );
      const more = { ...(await challenger.signDeposit({ amount: 5n })), amount: 6n };
      const forged = await rejection(node.depositWithAuthorization({ authorization: more }));
      expect((forged as ContractRevertedError).errorName, "more than was signed").to.equal(
        "ERC3009InvalidSignature",
      );
    });

    it("error: more than there is", async () => {
      const { node } = chain;
      const error = await rejection(node.withdraw({ to: node.address, amount: 1n }));
      expect(error, "class").to.be.instanceOf(ContractRevertedError);
      const { errorName, args, code } = error as ContractRevertedError;
      expect(errorName, "name").to.equal("BalanceInsufficient");
      expect(args, "args").to.deep.equal([node.address, 0n, 1n]);
      expect(code, "code").to.equal("CLIENT-001");
    });
  });

  for (const path of ["vanilla", "tee"] as const) {
    describe(`a direct request, ${path}`, () => {
      it("default: from order to payout", async () => {
        const { client, node, deployment, networkHelpers, order } = chain;
        const nonce = BigInt(100 + evidenceOf(path));
        const request = await order({ requiredEvidence: requiredEvidenceOf([path]), nonce });
        const domain = assayDomain(deployment);

        const { id } = await client.openRequest({ request });
        expect(id, "id").to.equal(hashRequest(domain, request));
        expect(await client.getStatus({ id }), "opened").to.equal("PENDING");
        expect(await client.findRequest({ id }), "found again").to.deep.equal(request);

        await node.accept({ request });
        const digest = hashResult(domain, { requestId: id, ...answer() });
        const evidence = path === "tee" ? await enclave.sign({ hash: digest }) : "0x";
        const kind = evidenceOf(path);
        let { payout } = await node.fulfil({ request, result: answer(), kind, evidence });

        if (path === "vanilla") {
          expect(payout, "not final yet").to.equal(undefined);
          const end = await client.getFinalAt({ request });
          const delivered = { request, result: await client.findResult({ id }) };
          expect(delivered.result, "what was delivered").to.deep.equal(answer());
          const early = await rejection(client.finalize(delivered));
          expect((early as ContractRevertedError).errorName, "early").to.equal("WindowOpen");
          await networkHelpers.time.setNextBlockTimestamp(end);
          await networkHelpers.mine();
          ({ payout } = await client.finalize(delivered));
        }

        expect(payout, "payout").to.deep.equal(
          payoutOf({ request, units: 1, parameters: PARAMETERS }),
        );
        const { result } = await client.waitForFinal({ id, timeout: 1_000 });
        expect(result, "result").to.deep.equal(answer());
        expect(await client.getStatus({ id }), "final").to.equal("FINAL");

        const reliance = {
          modelId: request.modelId,
          inputCommitment: request.inputCommitment,
          evidence: 1 << kind,
          declaredValue: 0n,
        };
        await client.requireFinal({ request, result, reliance });
        const other = { ...result, outputCommitment: zeroHash };
        const error = await rejection(client.requireFinal({ request, result: other, reliance }));
        expect((error as ContractRevertedError).errorName, "another").to.equal("ResultMismatch");

        const events = await client.getRequestEvents({ id, blockRange: 7n });
        expect(
          events.map(({ eventName }) => eventName),
          "history",
        ).to.deep.equal(["RequestOpened", "RequestAccepted", "ResultDelivered", "RequestFinal"]);
      });
    });
  }

  describe("a request that ends otherwise", () => {
    it("default: cancelled", async () => {
      const { client, order } = chain;
      const { id } = await client.openRequest({ request: await order({ nonce: 300n }) });
      await client.cancel({ request: await client.findRequest({ id }) });
      expect(await client.getStatus({ id }), "status").to.equal("STALE");
      const error = await rejection(client.waitForFinal({ id }));
      expect(error, "class").to.be.instanceOf(RequestEndedError);
      expect((error as RequestEndedError).state, "state").to.equal("REFUNDED");
    });

    it("behavior: refunded by anybody after its deadline", async () => {
      const { client, challenger, networkHelpers, order } = chain;
      const request = await order({ nonce: 301n });
      const { id } = await client.openRequest({ request });
      const statuses: string[] = [];
      const watched = new Promise<void>((resolve) => {
        client.watchStatus({
          id,
          pollingInterval: 5,
          onStatus: (status) => {
            statuses.push(status);
            if (status === "STALE") resolve();
          },
        });
      });
      const early = await rejection(challenger.refund({ request }));
      expect((early as ContractRevertedError).errorName, "early").to.equal("DeadlinePending");
      await networkHelpers.time.increaseTo(request.deliverBy);
      await challenger.refund({ request });
      await watched;
      expect(statuses, "watched").to.deep.equal(["PENDING", "STALE"]);
    });

    it("behavior: challenged and rejected", async () => {
      const { client, node, challenger, networkHelpers, order } = chain;
      const request = await order({ nonce: 302n });
      const { id } = await client.openRequest({ request });
      await node.accept({ request });
      const delivery = { request, kind: Evidence.VANILLA, evidence: "0x" } as const;
      const result = { ...answer(), outputCommitment: zeroHash };
      await node.fulfil({ ...delivery, result });

      const claim = answer();
      const salt = commitOutput("0x5a17");
      const { address } = challenger;
      const commitment = await challenger.getChallengeCommitment({
        challenger: address,
        id,
        claim,
        salt,
      });
      await challenger.commitChallenge({ commitment });
      const { arbiter } = await challenger.challenge({ request, result, claim, salt });
      expect(arbiter, "arbiter").to.equal(Evidence.TEE);
      const { evidenceBy, challenger: opener } = await client.getDispute({ id });
      expect(opener, "challenger").to.equal(address);

      await networkHelpers.time.increaseTo(evidenceBy);
      await challenger.conclude({ request, result });
      expect((await client.getDispute({ id })).verdict, "verdict").to.equal(Verdict.REJECTED);
      expect((await client.getRequestRecord({ id })).state, "state").to.equal(State.REJECTED);
      const history = (await client.getRequestEvents({ id })).map(({ eventName }) => eventName);
      expect(history, "history").to.include.members(["ChallengeOpened", "RequestRejected"]);
    });
  });

  describe("errors", () => {
    it("error: an unknown id", async () => {
      const { client } = chain;
      expect(await client.getStatus({ id: zeroHash }), "status").to.equal("NONE");
      const missing = await rejection(client.findRequest({ id: zeroHash }));
      expect(missing, "find").to.be.instanceOf(RequestNotFoundError);
      const late = await rejection(client.waitForFinal({ id: zeroHash, timeout: 20 }));
      expect(late, "wait").to.be.instanceOf(WaitTimeoutError);
    });

    it("error: a deployment of another chain", async () => {
      const { client, deployment, order } = chain;
      const elsewhere = { deployment: { ...deployment, chainId: 1 }, request: await order() };
      const error = await rejection(openRequest(client, elsewhere));
      expect(error, "class").to.be.instanceOf(ChainMismatchError);
    });

    it("error: the reason reaches the caller in words", async () => {
      const { client, order } = chain;
      const request = await order({ nonce: 400n, refundAfter: 1 });
      const error = await rejection(client.openRequest({ request }));
      expect((error as Error).message, "message").to.match(
        /^openRequest was refused: The deadlines .*Use `defaultDeadlines`\.\n {2}DeadlinesInvalid\(/,
      );
    });

    it("error: a client without an account", async () => {
      const { publicClient, deployment, order } = chain;
      const error = await rejection(
        openRequest(publicClient, { deployment, request: await order({ node: zeroAddress }) }),
      );
      expect((error as { code?: string }).code, "code").to.equal("CLIENT-004");
    });
  });
});

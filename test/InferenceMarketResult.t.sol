// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeCourt} from "../contracts/interfaces/IDisputeCourt.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {Reliance, State, Verdict} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Calls after delivery carry the delivered result: the record holds only its hash. See InferenceMarketResult.tree.
contract InferenceMarketResultTest is LifecycleFixture {
    bytes32 private constant SALT = keccak256("salt");

    /// @dev Every call that carries a result that is there already.
    enum Act {
        PROVE,
        REFUND,
        OPEN_DISPUTE,
        CHALLENGE,
        DECIDE,
        CONCLUDE,
        UPHOLD,
        REJECT,
        LEAVE_UNDECIDED,
        FINALIZE,
        REQUIRE_FINAL
    }

    /* ANOTHER RESULT */

    function test_RevertWhen_resultIsAnother() public onEachPath {
        for (uint8 i = 0; i <= uint8(type(Act).max); ++i) {
            bool needsProof = Act(i) == Act.PROVE || Act(i) == Act.REFUND || Act(i) == Act.DECIDE;
            if (needsProof && path == Evidence.VANILLA) continue;
            uint256 snapshot = vm.snapshotState();
            refuseOthers(Act(i), prepare(Act(i)));
            vm.revertToState(snapshot);
        }
    }

    /// @dev Each result that differs in one field is refused, then the delivered one is taken.
    function refuseOthers(Act act, Request memory request) private {
        RequestId id = market.requestId(request);
        bytes memory refusal = abi.encodeWithSelector(IInferenceMarket.ResultMismatch.selector, id);
        bytes32 before = everything(request);
        Result[3] memory results = others();
        for (uint256 i = 0; i < results.length; ++i) {
            (bool succeeded, bytes memory answer_) = call(act, request, results[i]);
            vm.assertFalse(succeeded, on(path, "another result"));
            vm.assertEq(answer_, refusal, on(path, "refused for the result"));
            vm.assertEq(everything(request), before, on(path, "nothing moves"));
        }
        (bool taken, ) = call(act, request, resultOf(RIGHT));
        vm.assertTrue(taken, on(path, "the delivered result"));
    }

    /// @dev A node that could name another as the challenged one would choose its own challenger.
    function test_RevertWhen_challenge_bySelf_namingAnother() public {
        Request memory request = relaxedOn(Evidence.VANILLA);
        answer(request, Evidence.VANILLA);
        fund(NODE, PLENTY);
        Result memory result = Result(RIGHT, UNITS, RIVAL);
        commitTo(NODE, request, result);
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IInferenceMarket.ResultMismatch.selector, id));
        vm.prank(NODE);
        court.challenge(request, result, claimAgainst(result), SALT);
    }

    /* BEFORE DELIVERY, AND AFTER */

    /// @dev Whoever calls, and whatever it brings: the node that accepted pays for being late, nobody else.
    function testFuzz_refund_readsNoResultBeforeDelivery(Result memory given, bool ofRival) public onEachPath {
        if (ofRival) given.node = RIVAL;
        Request memory opened = requestOn(path);
        Request memory assigned = requestOn(path);
        Purses memory before = pursesOf(opened);
        open(opened);
        open(assigned);
        accept(assigned, NODE);
        vm.warp(opened.deliverBy);

        market.refund(opened, given);
        before.client -= MAX_FEE;
        assertPurses(opened, before, "nobody is at fault");
        assertState(opened, State.REFUNDED, on(path, "open"));
        assertAssigned(opened, address(0), "nobody");
        assertStake(opened.modelId, PLENTY / 100, BOND, on(path, "of the other request"));

        before.client += MAX_FEE;
        market.refund(assigned, given);
        assertRefunded(assigned, before, BOND, "late");
        assertAssigned(assigned, NODE, "who was late");
        vm.assertEq(registry.modelStakeOf(RIVAL, assigned.modelId).opted, PLENTY / 100, on(path, "rival"));
    }

    /// @dev Any units and output, by evidence at once or as a claim, from delivery to the end.
    function testFuzz_record_isTheHashOfTheDelivered(uint40 units, bool isRight, bool proved) public {
        path = Evidence.TEE;
        Request memory request = relaxedOn(path);
        Result memory result = Result(isRight ? RIGHT : WRONG, units, NODE);
        open(request);
        bring(request, result, proved ? path : Evidence.VANILLA);
        assertDelivered(request, result, "delivered");
        if (!proved) {
            commitTo(CHALLENGER, request, result);
            vm.prank(CHALLENGER);
            court.challenge(request, result, claimAgainst(result), SALT);
            assertDelivered(request, result, "disputed");
            pass(DISPUTE_WINDOW);
            court.conclude(request, result);
        }
        assertDelivered(request, result, "at the end");
        assertState(request, proved ? State.FINAL : State.REJECTED, "at the end");
    }

    /* HELPERS */

    /// @dev What was delivered, but for one field.
    function others() private view returns (Result[3] memory) {
        return [Result(WRONG, UNITS, NODE), Result(RIGHT, UNITS - 1, NODE), Result(RIGHT, UNITS, RIVAL)];
    }

    /// @dev A request that only waits for the call.
    function prepare(Act act) private returns (Request memory request) {
        request = act == Act.PROVE || act == Act.REFUND ? requestOn(path) : relaxedOn(path);
        answer(request, Evidence.VANILLA);
        if (act == Act.REFUND) vm.warp(request.proveBy);
        if (act == Act.CHALLENGE) {
            Result[3] memory results = others();
            commitTo(CHALLENGER, request, resultOf(RIGHT));
            // Its claim is the same as against the delivered one unless the node differs.
            commitTo(CHALLENGER, request, results[2]);
        }
        if (act >= Act.DECIDE && act <= Act.LEAVE_UNDECIDED) {
            commitTo(CHALLENGER, request, resultOf(RIGHT));
            call(Act.CHALLENGE, request, resultOf(RIGHT));
        }
        if (act == Act.CONCLUDE) pass(DISPUTE_WINDOW);
        if (act >= Act.FINALIZE) pass(CHALLENGE_WINDOW);
        if (act == Act.REQUIRE_FINAL) market.finalize(request, resultOf(RIGHT));
    }

    /// @dev By whoever may call, in time, with evidence that is valid for the result.
    function call(Act act, Request memory request, Result memory result) private returns (bool, bytes memory) {
        bool ofCourt = act == Act.CHALLENGE || act == Act.DECIDE || act == Act.CONCLUDE;
        bool byCourt = act == Act.OPEN_DISPUTE || (act >= Act.UPHOLD && act <= Act.LEAVE_UNDECIDED);
        bytes memory data = dataOf(act, request, result);
        vm.prank(byCourt ? address(court) : CHALLENGER);
        return (ofCourt ? address(court) : address(market)).call(data);
    }

    function dataOf(Act act, Request memory request, Result memory result) private view returns (bytes memory) {
        if (act == Act.PROVE) {
            bytes memory evidence = realEvidence(path, request, result);
            return abi.encodeCall(IInferenceMarket.prove, (request, result, path, evidence));
        }
        if (act == Act.REFUND) return abi.encodeCall(IInferenceMarket.refund, (request, result));
        if (act == Act.OPEN_DISPUTE) return abi.encodeCall(IInferenceMarket.openDispute, (request, result));
        if (act == Act.CHALLENGE) {
            return abi.encodeCall(IDisputeCourt.challenge, (request, result, claimAgainst(result), SALT));
        }
        if (act == Act.DECIDE) {
            bytes memory evidence = realEvidence(path, request, resultOf(RIGHT));
            return abi.encodeCall(IDisputeCourt.decide, (request, result, resultOf(RIGHT), evidence));
        }
        if (act == Act.CONCLUDE) return abi.encodeCall(IDisputeCourt.conclude, (request, result));
        if (act == Act.FINALIZE) return abi.encodeCall(IInferenceMarket.finalize, (request, result));
        if (act == Act.REQUIRE_FINAL) {
            Reliance memory reliance = Reliance(request.modelId, request.inputCommitment, setOf(Evidence.VANILLA), 0);
            return abi.encodeCall(IInferenceMarket.requireFinal, (request, result, reliance));
        }
        Verdict verdict =
            act == Act.UPHOLD
                ? Verdict.UPHELD
                : act == Act.REJECT
                    ? Verdict.REJECTED
                    : Verdict.UNDECIDED;
        return abi.encodeCall(IInferenceMarket.resolveDispute, (request, result, verdict, 4_000));
    }

    function claimAgainst(Result memory result) private pure returns (Result memory) {
        return Result(keccak256("claimed"), UNITS, result.node);
    }

    function commitTo(address challenger, Request memory request, Result memory result) private {
        RequestId id = market.requestId(request);
        court.commitChallenge(court.challengeCommitment(challenger, id, claimAgainst(result), SALT));
        mine(1);
    }

    /// @dev All that a call about the request could move.
    function everything(Request memory request) private view returns (bytes32) {
        RequestId id = market.requestId(request);
        bytes memory stakes = abi.encode(
            registry.modelStakeOf(NODE, request.modelId),
            registry.modelStakeOf(RIVAL, request.modelId)
        );
        uint128 challenger = market.balanceOf(CHALLENGER);
        return keccak256(abi.encode(recordOf(request), pursesOf(request), stakes, challenger, court.disputeOf(id)));
    }
}

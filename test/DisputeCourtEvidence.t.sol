// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IDisputeCourt} from "../contracts/interfaces/IDisputeCourt.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {HostileConsumer, Trick} from "../contracts/mocks/HostileConsumer.sol";
import {Mood, TestEvidence} from "../contracts/mocks/TestEvidence.sol";
import {Dispute} from "../contracts/types/Dispute.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Disputes that a proof or an enclave's signature decides. Rules of both paths run in a loop over them.
contract DisputeCourtEvidenceTest is CourtFixture {
    uint8 private constant FIRST = uint8(Evidence.ZKML);
    uint8 private constant LAST = uint8(Evidence.TEE);

    function verifierFor(uint8 path) private view returns (TestEvidence) {
        return path == FIRST ? zkml : tee;
    }

    /* DECIDE */

    function test_decide() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], WRONG);
            uint128 reward = 401; // 40 % of 1,003, rounded down
            vm.expectEmit(address(court));
            emit IDisputeCourt.ChallengeResolved(market.requestId(request), CHALLENGER, Verdict.REJECTED, reward);
            prove(request);
            assertVerdict(request, Verdict.REJECTED, "another output is proved");
            assertState(request, State.REJECTED, "rejected");

            request = disputed(modelFor[path], RIGHT);
            vm.expectEmit(address(court));
            emit IDisputeCourt.ChallengeResolved(market.requestId(request), CHALLENGER, Verdict.UPHELD, 0);
            prove(request);
            assertVerdict(request, Verdict.UPHELD, "the node's output is proved");
            assertState(request, State.FINAL, "final");
            vm.assertEq(market.bonds(), 0, "nothing stays with the court");
        }
    }

    /// @dev The claim of the challenger plays no part: what is proved is compared with the node's.
    function test_decide_challengerWrongToo() public {
        Request memory request = delivered(modelFor[1], WRONG);
        challenge(CHALLENGER, request, resultOf(keccak256("wrong as well")));
        prove(request);
        assertVerdict(request, Verdict.REJECTED, "the verdict judges the node alone");
    }

    function test_decide_byEvidenceThatNamesSomebodyElse() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], RIGHT);
            Result memory result = Result(RIGHT, UNITS, STRANGER);
            court.decide(request, deliveredTo(request), result, evidenceFor(Evidence(path), request, result));
            assertVerdict(request, Verdict.UPHELD, "who proved it does not matter");
        }
    }

    /// @dev An enclave meters what it runs.
    function test_decide_byMeteredUnits() public {
        Request memory request = disputed(modelFor[2], RIGHT);
        Result memory result = Result(RIGHT, UNITS - 1, STRANGER);
        court.decide(request, deliveredTo(request), result, evidenceFor(Evidence.TEE, request, result));
        assertVerdict(request, Verdict.REJECTED, "the right output for too much");
    }

    function test_RevertWhen_decide_unitsAreNotTheModels() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Model memory model = modelOf(setOf(Evidence(path)).plus(Evidence.VANILLA));
            model.unitsPerInference = UNITS;
            model.uri = "fixed units";
            bytes32 modelId = registerModel(model);
            serve(NODE, modelId, MODEL_BOND);
            Request memory request = disputed(modelId, RIGHT);
            Result memory result = Result(RIGHT, UNITS - 1, NODE);
            bytes memory evidence = evidenceFor(Evidence(path), request, result);

            expect(abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, UNITS - 1, UNITS));
            court.decide(request, deliveredTo(request), result, evidence);
            prove(request);
            assertVerdict(request, Verdict.UPHELD, "with the model's units");
        }
    }

    /// @dev Evidence counts for exactly what it names: request, output, units, node and kind.
    function test_RevertWhen_decide_evidenceNamesAnotherResult() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Evidence kind = Evidence(path);
            Request memory request = disputed(modelFor[path], WRONG);
            Request memory other = delivered(modelFor[path], WRONG);
            Result memory result = resultOf(RIGHT);

            bytes[6] memory pieces = [
                evidenceFor(kind, request, resultOf(WRONG)),
                evidenceFor(kind, request, Result(RIGHT, UNITS + 1, NODE)),
                evidenceFor(kind, request, Result(RIGHT, UNITS, STRANGER)),
                evidenceFor(kind, other, result),
                evidenceFor(kind == Evidence.TEE ? Evidence.ZKML : Evidence.TEE, request, result),
                bytes("")
            ];
            for (uint256 i = 0; i < pieces.length; ++i) {
                expectInvalid(request, kind);
                court.decide(request, deliveredTo(request), result, pieces[i]);
            }
            assertVerdict(request, Verdict.NONE, "still open");
        }
    }

    function test_RevertWhen_decide_verifierRefuses() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], WRONG);
            bytes memory evidence = evidenceFor(Evidence(path), request, resultOf(RIGHT));

            verifierFor(path).setMood(Mood.REFUSES);
            expectInvalid(request, Evidence(path));
            court.decide(request, deliveredTo(request), resultOf(RIGHT), evidence);

            verifierFor(path).setMood(Mood.REVERTS);
            expect(abi.encodeWithSelector(TestEvidence.EvidenceBroken.selector));
            court.decide(request, deliveredTo(request), resultOf(RIGHT), evidence);
        }
    }

    function expectInvalid(Request memory request, Evidence kind) private {
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IDisputeCourt.DecidingEvidenceInvalid.selector, id, kind));
    }

    /// @dev Evidence that was brought in the window decides nothing by itself, but it may be brought again.
    function test_decide_bySignatureAlreadyThere() public {
        Model memory model = modelOf(setOf(Evidence.VANILLA).plus(Evidence.TEE));
        model.teeWindow = TEE_WINDOW;
        bytes32 modelId = registerModel(model);
        serve(NODE, modelId, MODEL_BOND);
        Request memory request = delivered(modelId, RIGHT);
        market.prove(request, deliveredTo(request), Evidence.TEE, evidenceFor(Evidence.TEE, request, resultOf(RIGHT)));
        challenge(CHALLENGER, request, resultOf(WRONG));
        assertVerdict(request, Verdict.NONE, "the signature was there before the challenge");

        prove(request);
        assertVerdict(request, Verdict.UPHELD, "its key is still live");
    }

    /* WHICH DISPUTE */

    function test_RevertWhen_disputeUnknown() public {
        Request memory request = delivered(modelFor[1], WRONG);
        bytes memory unknown = abi.encodeWithSelector(IDisputeCourt.DisputeUnknown.selector, market.requestId(request));
        expect(unknown);
        court.decide(request, deliveredTo(request), resultOf(RIGHT), "");
        expect(unknown);
        court.drawJury(request);
        RequestId id = market.requestId(request);
        expect(unknown);
        court.commitVote(id, SALT);
        expect(unknown);
        court.revealVote(request, RIGHT, UNITS, SALT);
        expect(unknown);
        court.conclude(request, deliveredTo(request));
    }

    function test_RevertWhen_disputeDecided() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], path == FIRST ? WRONG : RIGHT);
            Verdict verdict = path == FIRST ? Verdict.REJECTED : Verdict.UPHELD;
            bytes memory evidence = evidenceFor(Evidence(path), request, resultOf(RIGHT));
            prove(request);
            uint128 balance = market.balanceOf(CHALLENGER);

            expectDecided(request, verdict);
            court.decide(request, deliveredTo(request), resultOf(RIGHT), evidence);
            pass(1_800);
            expectDecided(request, verdict);
            court.conclude(request, deliveredTo(request));
            vm.assertEq(market.balanceOf(CHALLENGER), balance, "paid once");
        }
    }

    function test_RevertWhen_conclude_twice() public {
        Request memory request = disputed(modelFor[1], WRONG);
        concludeAtEnd(request);
        expectDecided(request, Verdict.REJECTED);
        court.conclude(request, deliveredTo(request));
    }

    function expectDecided(Request memory request, Verdict verdict) private {
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IDisputeCourt.DisputeDecided.selector, id, verdict));
    }

    function test_RevertWhen_arbiterMismatch() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], WRONG);
            RequestId id = market.requestId(request);
            mine(200);
            expect(abi.encodeWithSelector(IDisputeCourt.ArbiterMismatch.selector, id, Evidence(path)));
            court.drawJury(request);
            expect(abi.encodeWithSelector(IDisputeCourt.JuryNotDrawn.selector, id));
            court.commitVote(id, SALT);
            expect(abi.encodeWithSelector(IDisputeCourt.JuryNotDrawn.selector, id));
            court.revealVote(request, RIGHT, UNITS, SALT);
        }
    }

    /* TIMERS */

    /// @dev Before `evidenceBy` only evidence decides, from it on only silence.
    function testFuzz_decideAndConcludeComplement(uint256 duration) public {
        uint40 window = court.parameters().proveWindow;
        checkComplement(window - 1);
        checkComplement(window);
        checkComplement(window + 1);
        checkComplement(duration % (3 * window));
    }

    function checkComplement(uint256 duration) private {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            vm.warp(START);
            Request memory request = disputed(modelFor[path], RIGHT);
            bytes memory evidence = evidenceFor(Evidence(path), request, resultOf(RIGHT));
            uint40 end = disputeOf(request).evidenceBy;
            pass(duration);
            if (time() < end) {
                expect(abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePending.selector, end, time()));
                court.conclude(request, deliveredTo(request));
                prove(request);
                assertVerdict(request, Verdict.UPHELD, "proved in time");
            } else {
                expect(abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePassed.selector, end, time()));
                court.decide(request, deliveredTo(request), resultOf(RIGHT), evidence);
                court.conclude(request, deliveredTo(request));
                assertVerdict(request, Verdict.REJECTED, "the node kept silent");
            }
        }
    }

    /// @dev Withheld data: nobody else has the input. The node alone can prove, so its silence costs it the bond.
    function test_conclude_nodeSilent() public {
        for (uint8 path = FIRST; path <= LAST; ++path) {
            Request memory request = disputed(modelFor[path], RIGHT);
            uint128 client = market.balanceOf(CLIENT);
            concludeAtEnd(request);
            assertState(request, State.REJECTED, "rejected");
            vm.assertEq(market.balanceOf(CLIENT), client + MAX_FEE, "the client is whole");
            assertStake(modelFor[path], PLENTY / 10 - MODEL_BOND, 0, "the node lost its bond");
        }
    }

    function test_conclude_longAfterTheEnd() public {
        Request memory request = disputed(modelFor[2], RIGHT);
        pass(365 days);
        court.conclude(request, deliveredTo(request));
        assertState(request, State.REJECTED, "nothing expires");
    }

    /* EVIDENCE THAT HAS BECOME IMPOSSIBLE */

    /// @dev A publisher that revokes its measurements must not be able to take the bonds of honest nodes.
    function test_conclude_evidenceImpossible() public {
        Mood[3] memory moods = [Mood.IMPOSSIBLE, Mood.REVERTS, Mood.BURNS_GAS];
        for (uint8 path = FIRST; path <= LAST; ++path) {
            for (uint256 i = 0; i < moods.length; ++i) {
                vm.warp(START);
                verifierFor(path).setMood(Mood.WORKS);
                uint128 client = market.balanceOf(CLIENT);
                uint128 challenger = market.balanceOf(CHALLENGER);
                Request memory request = disputed(modelFor[path], RIGHT);

                verifierFor(path).setMood(moods[i]);
                concludeAtEnd(request);
                assertVerdict(request, Verdict.UNDECIDED, "nobody is to blame");
                assertState(request, State.REFUNDED, "refunded");
                assertStake(modelFor[path], PLENTY / 10, 0, "the node keeps its bond");
                vm.assertEq(market.balanceOf(CLIENT), client, "the client is whole");
                vm.assertEq(market.balanceOf(CHALLENGER), challenger, "the challenger is whole");
                vm.assertEq(market.bonds(), 0, "nothing stays with the court");
            }
        }
    }

    /// @dev A caller that sends too little gas must not make the verifier seem broken and spare the node.
    function test_conclude_gasDoesNotChooseTheVerdict() public {
        Request memory request = disputed(modelFor[1], WRONG);
        vm.warp(disputeOf(request).evidenceBy);
        bool refused;
        for (uint256 gasLimit = 100_000; gasLimit < 600_000; gasLimit += 5_000) {
            uint256 snapshot = vm.snapshotState();
            try court.conclude{gas: gasLimit}(request, deliveredTo(request)) {
                assertVerdict(request, Verdict.REJECTED, "the node's silence");
            } catch (bytes memory reason) {
                refused = refused || bytes4(reason) == IInferenceMarket.GasTooLow.selector;
            }
            vm.revertToState(snapshot);
        }
        vm.assertTrue(refused, "too little gas is refused");
        court.conclude(request, deliveredTo(request));
        assertVerdict(request, Verdict.REJECTED, "the node's silence");
    }

    /* CONSUMERS */

    /// @dev Whatever a consumer does when it is told that the request is final, the verdict stands and all are paid.
    function test_decide_consumerMisbehaves() public {
        for (uint8 choice = 0; choice <= uint8(type(Trick).max); ++choice) {
            HostileConsumer consumer = new HostileConsumer();
            Request memory request = requestFor(modelFor[1]);
            request.consumer = address(consumer);
            request.callbackGas = 200_000;
            open(request);
            deliver(request, resultOf(RIGHT));
            challenge(CHALLENGER, request, resultOf(WRONG));
            consumer.play(
                Trick(choice),
                address(court),
                abi.encodeCall(IDisputeCourt.conclude, (request, deliveredTo(request)))
            );

            prove(request);
            assertState(request, State.FINAL, "final whatever the consumer does");
            vm.assertEq(market.bonds(), 0, "nothing stays with the court");
        }
    }

    /// @dev What the consumer sees is already decided, and the court is closed to it.
    function test_decide_consumerReenters() public {
        HostileConsumer consumer = new HostileConsumer();
        Request memory other = disputed(modelFor[1], WRONG);
        Request memory request = requestFor(modelFor[1]);
        request.consumer = address(consumer);
        request.callbackGas = 500_000;
        RequestId id = open(request);
        deliver(request, resultOf(RIGHT));
        challenge(CHALLENGER, request, resultOf(WRONG));

        bytes memory evidence = evidenceFor(Evidence.ZKML, other, resultOf(RIGHT));
        bytes[3] memory calls = [
            abi.encodeCall(IDisputeCourt.disputeOf, (id)),
            abi.encodeCall(IDisputeCourt.decide, (other, deliveredTo(other), resultOf(RIGHT), evidence)),
            abi.encodeCall(IDisputeCourt.conclude, (request, deliveredTo(request)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            consumer.play(Trick.CALLS_BACK, address(court), calls[i]);
            prove(request);
            vm.assertEq(consumer.calls(), 1, "called once");
            vm.assertEq(consumer.succeeded(), i == 0, "only views answer");
            if (i == 0) {
                Dispute memory seen = abi.decode(consumer.returned(), (Dispute));
                vm.assertEq(uint256(seen.verdict), uint256(Verdict.UPHELD), "decided before the consumer is called");
            } else {
                bytes4 refusal = bytes4(consumer.returned());
                vm.assertEq(refusal, ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "by the guard");
            }
            vm.revertToState(snapshot);
        }
    }
}

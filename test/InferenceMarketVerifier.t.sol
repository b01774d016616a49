// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../contracts/DisputeCourt.sol";
import {IEvidenceVerifier} from "../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {Mood, TestEvidence} from "../contracts/mocks/TestEvidence.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {State} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";
import {newDisputeCourt} from "./support/Deployer.sol";

/// @notice I13: verifiers that fail in every way, and callers that make them fail.
contract InferenceMarketVerifierTest is LifecycleFixture {
    TestEvidence[3] private _broken;

    /// @dev The same market with verifiers that do as they are told. Their evidence is `Fixture.evidenceFor`.
    function useBroken() private {
        for (uint8 kind = 1; kind < 3; ++kind) _broken[kind] = new TestEvidence(Evidence(kind));
        deployAnew(address(_broken[1]), address(_broken[2]));
    }

    function deployAnew(address zkmlVerifier, address teeVerifier) private {
        deployRegistries();
        market = deployMarket(address(token), zkmlVerifier, teeVerifier, marketParameters());
        court = newDisputeCourt(address(market), courtParameters());
        address[] memory appointed = new address[](2);
        (appointed[0], appointed[1]) = (address(market), address(court));
        registry.appoint(appointed);
        market.appointCourt(address(court));
        populate();
        pass(1);
    }

    /* REFUSALS */

    function test_RevertWhen_fulfil_verifierRefuses() public onEachProvingPath {
        useBroken();
        Request memory request = requestOn(path);
        open(request);
        bytes memory evidence = evidenceFor(path, request, resultOf(RIGHT));
        _broken[uint8(path)].setMood(Mood.REFUSES);
        expectInvalid(request, path);
        fulfil(request, evidence);
        _broken[uint8(path)].setMood(Mood.REVERTS);
        expect(abi.encodeWithSelector(TestEvidence.EvidenceBroken.selector));
        fulfil(request, evidence);
        _broken[uint8(path)].setMood(Mood.WORKS);
        fulfil(request, evidence);
        assertState(request, State.FINAL, on(path, "accepted"));
    }

    /// @dev Case 44: an address without code accepts nothing.
    function test_RevertWhen_fulfil_verifierHasNoCode() public onEachProvingPath {
        deployAnew(STRANGER, STRANGER);
        Request memory request = requestOn(path);
        open(request);
        vm.expectRevert();
        fulfil(request, "");
        accept(request, NODE);
        market.refund(request, resultOf(RIGHT));
        assertState(request, State.REFUNDED, on(path, "impossible"));
        assertStake(request.modelId, PLENTY / 100, 0, on(path, "nobody is slashed"));
    }

    function fulfil(Request memory request, bytes memory evidence) private {
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), path, evidence);
    }

    /* EXIT */

    /// @dev However the verifier fails, the client has its money, and the node is not to blame.
    function test_refund_verifierFails() public onEachProvingPath {
        useBroken();
        Mood[3] memory moods = [Mood.IMPOSSIBLE, Mood.REVERTS, Mood.BURNS_GAS];
        for (uint256 i = 0; i < moods.length; ++i) {
            _broken[uint8(path)].setMood(Mood.WORKS);
            Request memory request = requestOn(path);
            Purses memory before = pursesOf(request);
            answer(request, Evidence.VANILLA);
            _broken[uint8(path)].setMood(moods[i]);
            market.pause();
            expectRefunded(request, 0);
            vm.prank(STRANGER);
            market.refund(request, resultOf(RIGHT));
            market.unpause();
            assertRefunded(request, before, 0, "exit");
        }
    }

    /// @dev Only a clean `true` counts.
    function test_refund_verifierAnswersGarbage() public onEachProvingPath {
        useBroken();
        bytes[5] memory answers = [
            bytes(""),
            abi.encode(uint256(2)),
            abi.encode(type(uint256).max),
            abi.encode(true, true),
            abi.encodePacked(true)
        ];
        for (uint256 i = 0; i < answers.length; ++i) {
            Request memory request = requestOn(path);
            Purses memory before = pursesOf(request);
            open(request);
            accept(request, NODE);
            bytes memory question = abi.encodeCall(IEvidenceVerifier.isAvailable, (request.modelId));
            vm.mockCall(address(_broken[uint8(path)]), question, answers[i]);
            market.refund(request, resultOf(RIGHT));
            vm.clearMockedCalls();
            assertRefunded(request, before, 0, "no clean answer");
        }
    }

    /// @dev Verifiers do not matter to who asked for none.
    function test_refund_verifiersAreNotAsked() public {
        useBroken();
        for (uint8 kind = 1; kind < 3; ++kind) _broken[kind].setMood(Mood.BURNS_GAS);
        Request memory request = relaxedOn(Evidence.ZKML);
        Purses memory before = pursesOf(request);
        open(request);
        accept(request, NODE);
        expectPending(request.deliverBy);
        market.refund(request, resultOf(RIGHT));
        vm.warp(request.deliverBy);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, BOND, "late");
    }

    function test_finalize_verifiersAreNotAsked() public {
        useBroken();
        Request memory request = relaxedOn(Evidence.ZKML);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        for (uint8 kind = 1; kind < 3; ++kind) _broken[kind].setMood(Mood.BURNS_GAS);
        pass(CHALLENGE_WINDOW);
        market.finalize(request, resultOf(RIGHT));
        assertPaid(request, before, "as ever");
    }

    /* TOO LITTLE GAS */

    /// @dev Whatever gas it sends, a late node is slashed or nothing happens: it cannot make its evidence look impossible.
    function test_refund_littleGasSparesNobody() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy);
        uint256 refused;
        uint256 slashed;
        for (uint256 sent = 30_000; sent < 420_000; sent += 4_967) {
            uint256 snapshot = vm.snapshotState();
            (bool succeeded, bytes memory answer_) = address(market).call{gas: sent}(
                abi.encodeCall(IInferenceMarket.refund, (request, resultOf(RIGHT)))
            );
            uint256 burned = registry.burned();
            vm.revertToState(snapshot);
            if (succeeded) {
                ++slashed;
                vm.assertEq(burned, BOND, on(path, "slashed"));
            } else {
                ++refused;
                bool said = answer_.length == 0 || bytes4(answer_) == IInferenceMarket.GasTooLow.selector;
                vm.assertTrue(said, on(path, "out of gas, or said so"));
            }
        }
        vm.assertGt(refused, 10, on(path, "some are refused"));
        vm.assertGt(slashed, 10, on(path, "some are enough"));
    }

    function test_RevertWhen_refund_gasIsTooLow() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy);
        vm.expectPartialRevert(IInferenceMarket.GasTooLow.selector);
        market.refund{gas: 190_000}(request, resultOf(RIGHT));
    }

    /// @dev What the real verifiers need to answer, cold, is well within what they are given.
    function test_isAvailable_isCheap() public view {
        for (uint8 kind = 1; kind < 3; ++kind) {
            uint256 before = gasleft();
            bool available = IEvidenceVerifier(market.verifierOf(Evidence(kind))).isAvailable(modelFor[kind]);
            vm.assertLt(before - gasleft(), 50_000, "gas");
            vm.assertTrue(available, "available");
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice From order to payment, on every path, by direct request and by signed order.
contract LifecyclePathsTest is LifecycleFixture {
    /* OPEN AND ACCEPT */

    function test_openRequest() public onEachPath {
        Request memory request = requestOn(path);
        RequestId id = market.requestId(request);
        Purses memory before = pursesOf(request);

        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestOpened(id, CLIENT, NODE, request);
        vm.assertEq(RequestId.unwrap(open(request)), RequestId.unwrap(id), on(path, "id"));

        before.client -= MAX_FEE;
        assertPurses(request, before, "escrowed");
        assertState(request, State.OPEN, on(path, "open"));
        assertAssigned(request, address(0), "nobody is liable yet");
    }

    function test_accept() public onEachPath {
        Request memory request = requestOn(path);
        RequestId id = open(request);

        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestAccepted(id, NODE, BOND);
        accept(request, NODE);

        assertState(request, State.ASSIGNED, on(path, "assigned"));
        assertAssigned(request, NODE, "node");
        assertStake(request.modelId, PLENTY / 100, BOND, on(path, "bond locked"));
    }

    function test_accept_byTheFirst_ifNoneIsNamed() public onEachPath {
        Request memory request = unnamedOn(path);
        open(request);
        accept(request, NODE);
        expectState(request, State.ASSIGNED);
        accept(request, RIVAL);
        assertAssigned(request, NODE, "the first");
    }

    /* EVIDENCE AT DELIVERY */

    function test_fulfil_withProof() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);

        expectDelivered(request, path);
        expectFinal(request, claimWith(path));
        bring(request, resultOf(RIGHT), path);

        assertRecord(request, State.FINAL, claimWith(path), time(), "proved");
        assertPaid(request, before, "proved");
    }

    function test_fulfil_withProof_afterAccept() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        accept(request, NODE);
        bring(request, resultOf(RIGHT), path);
        assertRecord(request, State.FINAL, claimWith(path), time(), "proved");
        assertPaid(request, before, "proved, bond returned");
    }

    /// @dev Nobody need accept first: the evidence names whom it pays.
    function test_fulfil_withProof_ifNoneIsNamed() public onEachProvingPath {
        Request memory request = unnamedOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        bring(request, resultOf(RIGHT), path);
        assertRecord(request, State.FINAL, claimWith(path), time(), "proved");
        assertPaid(request, before, "proved");
    }

    /* CLAIM AND WINDOW */

    function test_fulfil_withClaim() public onEachPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);

        expectDelivered(request, Evidence.VANILLA);
        bring(request, resultOf(RIGHT), Evidence.VANILLA);

        assertRecord(request, State.DELIVERED, setOf(Evidence.VANILLA), time(), "claimed");
        assertStake(request.modelId, PLENTY / 100, BOND, on(path, "bond locked"));
        before.client -= MAX_FEE;
        assertPurses(request, before, "still in escrow");
        uint40 end = path == Evidence.VANILLA ? time() + CHALLENGE_WINDOW : 0;
        vm.assertEq(market.finalAt(request), end, on(path, "window starts with the required evidence"));
    }

    function test_finalize() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        uint40 delivered = time();
        uint40 end = delivered + CHALLENGE_WINDOW;

        vm.warp(end - 1);
        expectWindowOpen(request, end);
        market.finalize(request, resultOf(RIGHT));

        vm.warp(end);
        expectFinal(request, setOf(Evidence.VANILLA));
        vm.prank(STRANGER);
        market.finalize(request, resultOf(RIGHT));
        assertRecord(request, State.FINAL, setOf(Evidence.VANILLA), delivered, "unchallenged");
        assertPaid(request, before, "unchallenged");
    }

    function test_finalize_longAfterTheWindow() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        pass(365 days);
        market.finalize(request, resultOf(RIGHT));
        assertPaid(request, before, "a year late");
    }

    function test_finalize_afterAccept() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        accept(request, NODE);
        pass(30);
        bring(request, resultOf(RIGHT), Evidence.VANILLA);
        assertStake(request.modelId, PLENTY / 100, BOND, on(path, "one bond"));
        pass(CHALLENGE_WINDOW);
        market.finalize(request, resultOf(RIGHT));
        assertPaid(request, before, "bond returned once");
    }

    function test_RevertWhen_finalize_requiredEvidenceIsMissing() public onEachProvingPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        pass(365 days);
        expectWindowNotStarted(request);
        market.finalize(request, resultOf(RIGHT));
    }

    /* PROVE LATER */

    function test_prove_required() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        vm.warp(request.proveBy - 1);

        RequestId id = market.requestId(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.expectEmit(address(market));
        emit IInferenceMarket.EvidenceAdded(id, path, claimWith(path));
        expectFinal(request, claimWith(path));
        vm.prank(STRANGER);
        market.prove(request, resultOf(RIGHT), path, proof);

        assertRecord(request, State.FINAL, claimWith(path), time(), "proved later");
        assertPaid(request, before, "proved later");
    }

    function test_RevertWhen_prove_required_atProveBy() public onEachProvingPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(request.proveBy + late);
            expectPassed(request.proveBy);
            market.prove(request, resultOf(RIGHT), path, proof);
        }
    }

    /// @dev A proof ends the window of a claim that needed none.
    function test_prove_upgrade() public onEachProvingPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        pass(CHALLENGE_WINDOW - 1);
        expectFinal(request, claimWith(path));
        proveLater(request, path);
        assertRecord(request, State.FINAL, claimWith(path), time(), "upgraded");
        assertPaid(request, before, "upgraded");
    }

    function test_RevertWhen_prove_afterTheWindow() public onEachProvingPath {
        Request memory request = relaxedOn(path);
        answer(request, Evidence.VANILLA);
        uint40 end = time() + CHALLENGE_WINDOW;
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(end + late);
            expectWindowClosed(request, end);
            market.prove(request, resultOf(RIGHT), path, proof);
        }
    }

    function test_RevertWhen_prove_aClaim() public onEachPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        expect(abi.encodeWithSelector(IInferenceMarket.EvidenceKindInvalid.selector, Evidence.VANILLA));
        market.prove(request, resultOf(RIGHT), Evidence.VANILLA, "");
    }

    /* SHARES */

    function test_settle_withoutDataNode() public onEachProvingPath {
        Request memory request = requestOn(path);
        (request.dataNode, request.dataCommitment) = (address(0), 0);
        Purses memory before = pursesOf(request);
        answer(request, path);
        before.client -= FEE;
        before.inference += INFERENCE_SHARE + DATA_SHARE;
        before.verification += VERIFICATION_SHARE;
        assertPurses(request, before, "no data share");
    }

    function test_settle_atMostMaxFee() public onEachProvingPath {
        Request memory request = requestOn(path);
        request.unitPrice = type(uint128).max;
        Purses memory before = pursesOf(request);
        answer(request, path);
        before.client -= MAX_FEE;
        before.verification += 111;
        before.data += 77;
        before.inference += 812;
        assertPurses(request, before, "all of the escrow");
    }

    function test_settle_forNothing() public onEachPath {
        Request memory request = relaxedOn(path);
        (request.maxFee, request.unitPrice) = (0, 0);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        pass(CHALLENGE_WINDOW);
        market.finalize(request, resultOf(RIGHT));
        assertState(request, State.FINAL, on(path, "final"));
        assertPurses(request, before, "nothing moved");
    }

    /* FINAL ABSORBS */

    function test_final_absorbs() public onEachPath {
        Request memory request = relaxedOn(path);
        answer(request, path);
        if (path == Evidence.VANILLA) {
            pass(CHALLENGE_WINDOW);
            market.finalize(request, resultOf(RIGHT));
        }
        Purses memory before = pursesOf(request);
        assertAbsorbed(request, State.FINAL);
        assertPurses(request, before, "paid once");
    }

    function test_refunded_absorbs() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        vm.prank(CLIENT);
        market.cancel(request);
        Purses memory before = pursesOf(request);
        assertAbsorbed(request, State.REFUNDED);
        assertPurses(request, before, "refunded once");
    }

    /// @dev No call, now or at any deadline, has an effect on a request in a terminal state.
    function assertAbsorbed(Request memory request, State state) private {
        RequestId id = market.requestId(request);
        bytes memory proof = realEvidence(Evidence.ZKML, request, resultOf(RIGHT));
        uint40[4] memory times = [time(), request.deliverBy, request.proveBy, request.refundAfter];
        for (uint256 i = 0; i < times.length; ++i) {
            if (times[i] < time()) continue;
            vm.warp(times[i]);
            expectState(request, state);
            market.refund(request, resultOf(RIGHT));
            expectState(request, state);
            market.finalize(request, resultOf(RIGHT));
            expectState(request, state);
            market.prove(request, resultOf(RIGHT), Evidence.ZKML, proof);
            expectState(request, state);
            vm.prank(CLIENT);
            market.cancel(request);
            expectState(request, state);
            accept(request, NODE);
            expectState(request, state);
            deliverRight(request, NODE);
            expectState(request, state);
            vm.prank(RIVAL);
            market.rescue(request, resultOf(RIGHT), Evidence.ZKML, proof);
            expectState(request, state);
            vm.prank(address(court));
            market.openDispute(request, resultOf(RIGHT));
            expect(abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, id));
            open(request);
        }
    }

    /* PROVED TWICE */

    function test_RevertWhen_prove_evidenceIsPresent() public {
        bytes32 modelId = addModelWithBoth();
        for (uint8 kind = 1; kind < 3; ++kind) {
            path = Evidence(kind);
            Request memory request = requestOn(path);
            request.modelId = modelId;
            request.requiredEvidence = bothKinds();
            answer(request, path);
            bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
            RequestId id = market.requestId(request);
            expect(abi.encodeWithSelector(IInferenceMarket.EvidencePresent.selector, id, path));
            market.prove(request, resultOf(RIGHT), path, proof);
        }
    }

    function bothKinds() private pure returns (EvidenceSet) {
        return NO_EVIDENCE.plus(Evidence.ZKML).plus(Evidence.TEE);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence, PROVING_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Request} from "../../contracts/types/Request.sol";
import {State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice How requests end without payment, on every path: cancelled, late, unproved or void.
contract LifecycleRefundTest is LifecycleFixture {
    /* CANCEL */

    function test_cancel() public onEachPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        expectRefunded(request, 0);
        vm.prank(CLIENT);
        market.cancel(request);
        assertRefunded(request, before, 0, "cancelled");
    }

    function test_cancel_longAfterEveryDeadline() public onEachPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        vm.warp(request.refundAfter + 1);
        vm.prank(CLIENT);
        market.cancel(request);
        assertRefunded(request, before, 0, "cancelled");
    }

    function test_RevertWhen_cancel_byAnybodyElse() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expect(abi.encodeWithSelector(IInferenceMarket.ClientMismatch.selector, CLIENT, NODE));
        vm.prank(NODE);
        market.cancel(request);
    }

    /// @dev Case 75: no free answer by cancelling after delivery, nor a wasted effort after acceptance.
    function test_RevertWhen_cancel_acceptedOrDelivered() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        accept(request, NODE);
        expectState(request, State.ASSIGNED);
        vm.prank(CLIENT);
        market.cancel(request);
        deliverRight(request, NODE);
        expectState(request, State.DELIVERED);
        vm.prank(CLIENT);
        market.cancel(request);
    }

    /* LATE: at deliverBy - 1, 0 and + 1 exactly one of fulfil and refund is possible */

    function test_refund_nobodyAccepted() public onEachPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        vm.warp(request.deliverBy - 1);
        expectPending(request.deliverBy);
        market.refund(request, resultOf(RIGHT));

        vm.warp(request.deliverBy);
        expectPassed(request.deliverBy);
        deliverRight(request, NODE);
        expectPassed(request.deliverBy);
        accept(request, NODE);
        expectRefunded(request, 0);
        vm.prank(STRANGER);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, 0, "nobody was liable");
    }

    function test_refund_assignedNodeIsLate() public onEachPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy - 1);
        expectPending(request.deliverBy);
        market.refund(request, resultOf(RIGHT));

        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(request.deliverBy + late);
            bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
            expectPassed(request.deliverBy);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, proof);
        }
        expectRefunded(request, BOND);
        vm.prank(STRANGER);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, BOND, "the late node's bond is burned");
    }

    function test_fulfil_inTheLastSecond() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy - 1);
        deliverRight(request, NODE);
        assertState(request, State.DELIVERED, on(path, "in time"));
        vm.warp(request.deliverBy);
        if (path == Evidence.VANILLA) expectState(request, State.DELIVERED);
        else expectPending(request.proveBy);
        market.refund(request, resultOf(RIGHT));
    }

    /* UNPROVED: at proveBy - 1, 0 and + 1 exactly one of prove and refund is possible */

    function test_refund_requiredEvidenceIsMissing() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.warp(request.proveBy - 1);
        expectPending(request.proveBy);
        market.refund(request, resultOf(RIGHT));

        vm.warp(request.proveBy);
        expectPassed(request.proveBy);
        market.prove(request, resultOf(RIGHT), path, proof);
        expectRefunded(request, BOND);
        vm.prank(STRANGER);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, BOND, "the bond is burned");
    }

    /// @dev A delivered result is never refunded for being unloved.
    function test_RevertWhen_refund_claimSuffices() public onEachPath {
        Request memory request = relaxedOn(path);
        answer(request, Evidence.VANILLA);
        uint40[4] memory times = [time(), request.deliverBy, request.proveBy, request.refundAfter];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            expectState(request, State.DELIVERED);
            market.refund(request, resultOf(RIGHT));
        }
    }

    function test_RevertWhen_refund_unknown() public onEachPath {
        Request memory request = requestOn(path);
        expectState(request, State.NONE);
        market.refund(request, resultOf(RIGHT));
    }

    /// @dev Cases 1 to 4: both orders within one second, whichever comes first wins alone.
    function test_refund_andFulfil_inOneBlock() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        vm.warp(request.deliverBy - 1);
        bring(request, resultOf(RIGHT), path);
        expectState(request, State.FINAL);
        market.refund(request, resultOf(RIGHT));

        request = requestOn(path);
        open(request);
        vm.warp(request.deliverBy);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        market.refund(request, resultOf(RIGHT));
        expectState(request, State.REFUNDED);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), path, proof);
        expectState(request, State.REFUNDED);
        market.refund(request, resultOf(RIGHT));
    }

    /* VOID: the required evidence became impossible, nobody is at fault */

    function test_refund_void_open() public {
        path = Evidence.TEE;
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        expectPending(request.deliverBy);
        market.refund(request, resultOf(RIGHT));

        revokeMeasurement(request.modelId);
        expectRefunded(request, 0);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, 0, "void");
    }

    function test_refund_void_assigned() public {
        path = Evidence.TEE;
        for (uint256 late = 0; late < 2; ++late) {
            Request memory request = requestOn(path);
            Purses memory before = pursesOf(request);
            uint256 snapshot = vm.snapshotState();
            open(request);
            accept(request, NODE);
            if (late == 1) vm.warp(request.deliverBy);
            revokeMeasurement(request.modelId);
            expectRefunded(request, 0);
            market.refund(request, resultOf(RIGHT));
            assertRefunded(request, before, 0, "void, the bond is returned");
            vm.revertToState(snapshot);
        }
    }

    function test_refund_void_delivered() public {
        path = Evidence.TEE;
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        revokeMeasurement(request.modelId);
        expectRefunded(request, 0);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, 0, "void, the bond is returned");
    }

    /// @dev Whoever asks for a claim or a proof does not care about enclaves.
    function test_RevertWhen_refund_otherEvidenceIsImpossible() public {
        bytes32 modelId = addModelWithBoth();
        revokeMeasurement(modelId);
        for (uint8 p = 0; p < 2; ++p) {
            Request memory request = requestOn(Evidence(p));
            request.modelId = modelId;
            open(request);
            expectPending(request.deliverBy);
            market.refund(request, resultOf(RIGHT));
        }
    }

    /// @dev What is already on chain cannot become impossible: only the proof is missing, and it still can come.
    function test_RevertWhen_refund_evidenceOnChainBecameImpossible() public {
        path = Evidence.TEE;
        bytes32 modelId = addModelWithBoth();
        Request memory request = requestOn(path);
        request.modelId = modelId;
        request.requiredEvidence = PROVING_EVIDENCE;
        answer(request, Evidence.TEE);
        Purses memory before = pursesOf(request);
        before.client += MAX_FEE;
        revokeMeasurement(modelId);
        expectPending(request.proveBy);
        market.refund(request, resultOf(RIGHT));

        uint256 snapshot = vm.snapshotState();
        proveLater(request, Evidence.ZKML);
        assertState(request, State.FINAL, "the proof came");
        vm.revertToState(snapshot);

        vm.warp(request.proveBy);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, BOND, "the node missed its proof");
    }

    /* PAUSE: stops only admissions */

    function test_pause_stopsNoExit() public onEachPath {
        Request memory opened = requestOn(path);
        Request memory cancelled = requestOn(path);
        Request memory assigned = requestOn(path);
        open(opened);
        open(cancelled);
        open(assigned);
        market.pause();

        vm.prank(CLIENT);
        market.cancel(cancelled);
        accept(assigned, NODE);
        vm.warp(assigned.deliverBy);
        market.refund(opened, resultOf(RIGHT));
        market.refund(assigned, resultOf(RIGHT));
        assertState(opened, State.REFUNDED, on(path, "refunded"));
        assertState(cancelled, State.REFUNDED, on(path, "cancelled"));
        assertState(assigned, State.REFUNDED, on(path, "late"));
        vm.prank(CLIENT);
        market.withdraw(CLIENT, 1);
    }

    function test_pause_stopsNoSettlement() public onEachPath {
        Request memory request = requestOn(path);
        Request memory relaxed = relaxedOn(path);
        open(relaxed);
        open(request);
        market.pause();

        deliverRight(relaxed, NODE);
        bring(request, resultOf(RIGHT), path);
        pass(CHALLENGE_WINDOW);
        market.finalize(relaxed, resultOf(RIGHT));
        if (path == Evidence.VANILLA) market.finalize(request, resultOf(RIGHT));
        assertState(request, State.FINAL, on(path, "final"));
        assertState(relaxed, State.FINAL, on(path, "final unproved"));
    }

    function test_pause_stopsNoProof() public onEachProvingPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        market.pause();
        proveLater(request, path);
        assertState(request, State.FINAL, on(path, "proved"));
    }
}

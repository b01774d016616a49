// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {Evidence, EvidenceSet, PROVING_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice Windows that evidence opens or ends: models with a TEE window, and requests that need both kinds.
contract LifecycleWindowTest is LifecycleFixture {
    bytes32 private _both;
    bytes32 private _windowed;
    bytes32 private _bothWindowed;

    function populate() internal override {
        super.populate();
        _both = addModelWithBoth();
        _windowed = addModel(claimWith(Evidence.TEE), TEE_WINDOW);
        _bothWindowed = addModel(claimWith(Evidence.TEE).plus(Evidence.ZKML), TEE_WINDOW);
    }

    /* BOTH KINDS REQUIRED */

    function test_both_inEitherOrder() public onEachProvingPath {
        Evidence other = path == Evidence.ZKML ? Evidence.TEE : Evidence.ZKML;
        Request memory request = needsBoth(_both);
        Purses memory before = pursesOf(request);
        answer(request, path);
        assertRecord(request, State.DELIVERED, claimWith(path), time(), "one is missing");
        vm.assertEq(market.finalAt(request), 0, on(path, "no window yet"));
        assertStake(_both, PLENTY / 100, BOND, on(path, "bond locked"));

        pass(5);
        expectFinal(request, claimWith(path).plus(other));
        proveLater(request, other);
        assertRecord(request, State.FINAL, claimWith(path).plus(other), time(), "both are there");
        assertPaid(request, before, "both are there");
    }

    function test_both_onePlusOneLater() public onEachProvingPath {
        Evidence other = path == Evidence.ZKML ? Evidence.TEE : Evidence.ZKML;
        Request memory request = needsBoth(_both);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        pass(5);
        proveLater(request, path);
        assertRecord(request, State.DELIVERED, claimWith(path), time(), "one is missing");
        pass(5);
        proveLater(request, other);
        assertPaid(request, before, "both are there");
    }

    function test_both_oneIsMissingAtProveBy() public onEachProvingPath {
        Request memory request = needsBoth(_both);
        Purses memory before = pursesOf(request);
        answer(request, path);
        vm.warp(request.proveBy - 1);
        expectPending(request.proveBy);
        market.refund(request, resultOf(RIGHT));
        expectWindowNotStarted(request);
        market.finalize(request, resultOf(RIGHT));
        vm.warp(request.proveBy);
        market.refund(request, resultOf(RIGHT));
        assertRefunded(request, before, BOND, "half of the evidence is not enough");
    }

    /// @dev A proof makes it final at once, whatever the TEE window.
    function test_both_withWindow() public onEachProvingPath {
        Evidence other = path == Evidence.ZKML ? Evidence.TEE : Evidence.ZKML;
        Request memory request = needsBoth(_bothWindowed);
        answer(request, path);
        assertState(request, State.DELIVERED, on(path, "one is missing"));
        proveLater(request, other);
        assertState(request, State.FINAL, on(path, "final at once"));
    }

    /* TEE WINDOW */

    function test_teeWindow() public {
        path = Evidence.TEE;
        Request memory request = signedWithWindow(Evidence.TEE);
        uint40 end = time() + TEE_WINDOW;
        assertRecord(request, State.DELIVERED, claimWith(path), time(), "signed");
        vm.assertEq(market.finalAt(request), end, "a window");
        assertStake(_windowed, PLENTY / 100, BOND, "bond locked");

        vm.warp(end - 1);
        expectWindowOpen(request, end);
        market.finalize(request, resultOf(RIGHT));
        vm.warp(end);
        expectFinal(request, claimWith(path));
        market.finalize(request, resultOf(RIGHT));
        assertStake(_windowed, PLENTY / 100, 0, "bond returned");
    }

    function test_teeWindow_startsWhenTheSignatureComes() public {
        Request memory request = signedWithWindow(Evidence.VANILLA);
        vm.assertEq(market.finalAt(request), 0, "required signature is missing");
        vm.warp(request.proveBy - 1);
        proveLater(request, Evidence.TEE);
        vm.assertEq(market.finalAt(request), request.proveBy - 1 + TEE_WINDOW, "from the signature on");
        assertState(request, State.DELIVERED, "window open");
        expectState(request, State.DELIVERED);
        market.refund(request, resultOf(RIGHT));
    }

    /// @dev The signature replaces the window of the claim by its own.
    function test_teeWindow_upgradesAClaim() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.modelId = _windowed;
        request.refundAfter += TEE_WINDOW;
        answer(request, Evidence.VANILLA);
        uint40 delivered = time();
        vm.assertEq(market.finalAt(request), delivered + CHALLENGE_WINDOW, "window of the claim");
        vm.warp(delivered + CHALLENGE_WINDOW - 1);
        proveLater(request, Evidence.TEE);
        vm.assertEq(market.finalAt(request), time() + TEE_WINDOW, "window of the signature");
    }

    function test_teeWindow_canBeDisputed() public {
        Request memory request = signedWithWindow(Evidence.TEE);
        uint40 end = time() + TEE_WINDOW;
        uint256 snapshot = vm.snapshotState();
        vm.warp(end - 1);
        vm.prank(address(court));
        market.openDispute(request, resultOf(RIGHT));
        assertState(request, State.DISPUTED, "challenged in the last second");
        vm.revertToState(snapshot);

        vm.warp(end);
        expectWindowClosed(request, end);
        vm.prank(address(court));
        market.openDispute(request, resultOf(RIGHT));
    }

    function test_teeWindow_endsWithAProof() public {
        Request memory request = needsBoth(_bothWindowed);
        request.requiredEvidence = setOf(Evidence.TEE);
        answer(request, Evidence.TEE);
        vm.assertEq(market.finalAt(request), time() + TEE_WINDOW, "a window");
        proveLater(request, Evidence.ZKML);
        assertState(request, State.FINAL, "final at once");
    }

    function test_RevertWhen_prove_afterTheTeeWindow() public {
        Request memory request = needsBoth(_bothWindowed);
        request.requiredEvidence = setOf(Evidence.TEE);
        answer(request, Evidence.TEE);
        uint40 end = time() + TEE_WINDOW;
        bytes memory proof = realEvidence(Evidence.ZKML, request, resultOf(RIGHT));
        vm.warp(end);
        expectWindowClosed(request, end);
        market.prove(request, resultOf(RIGHT), Evidence.ZKML, proof);
    }

    /// @dev Only the assigned node delivers what is not final at once, also with a signature.
    function test_RevertWhen_fulfil_unassigned_withWindow() public {
        Request memory request = unnamedOn(Evidence.TEE);
        request.modelId = _windowed;
        request.refundAfter += TEE_WINDOW;
        RequestId id = open(request);
        Result memory result = resultOf(RIGHT);
        bytes memory signature = realEvidence(Evidence.TEE, request, result);
        expect(abi.encodeWithSelector(IInferenceMarket.AssignmentRequired.selector, id));
        vm.prank(NODE);
        market.fulfil(request, result, Evidence.TEE, signature);
    }

    /* REFUND DATE: by then every window and dispute is over, the model's own included */

    function test_openRequest_refundAfterCoversTheTeeWindow() public {
        Request memory request = requestOn(Evidence.TEE);
        request.modelId = _windowed;
        uint256 earliest = uint256(request.proveBy) + CHALLENGE_WINDOW + TEE_WINDOW + DISPUTE_WINDOW;
        request.refundAfter = uint40(earliest) - 1;
        expectDeadlinesInvalid(request, earliest);
        open(request);
        request.refundAfter = uint40(earliest);
        open(request);
    }

    /// @dev No publisher locks money up with a window of 136 years: no request may last that long.
    function test_RevertWhen_openRequest_teeWindowIsTheLongest() public {
        Request memory request = requestOn(Evidence.TEE);
        request.modelId = addModel(claimWith(Evidence.TEE), type(uint32).max);
        uint256 earliest = uint256(request.proveBy) + CHALLENGE_WINDOW + type(uint32).max + DISPUTE_WINDOW;
        request.refundAfter = uint40(earliest);
        expectDeadlinesInvalid(request, earliest);
        open(request);
    }

    /* PATHS: evidence counts only where the model has the path */

    /// @dev Its publisher cannot bring enclaves in behind the back of those who rely on challenges.
    function test_RevertWhen_evidence_isNotAPathOfTheModel() public {
        bytes32 modelId = modelFor[0];
        vm.prank(PUBLISHER);
        enclaves.allowMeasurement(modelId, MEASUREMENT);
        admitEnclave(NODE, modelId);
        admitEnclave(RIVAL, modelId);
        bytes memory refusal = abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, modelId, Evidence.TEE);
        Request memory request = requestOn(Evidence.VANILLA);
        bytes memory signature = realEvidence(Evidence.TEE, request, resultOf(RIGHT));
        open(request);
        expect(refusal);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.TEE, signature);

        uint256 snapshot = vm.snapshotState();
        deliverRight(request, NODE);
        expect(refusal);
        market.prove(request, resultOf(RIGHT), Evidence.TEE, signature);
        vm.revertToState(snapshot);

        accept(request, NODE);
        vm.warp(request.deliverBy);
        signature = realEvidence(Evidence.TEE, request, Result(RIGHT, UNITS, RIVAL));
        expect(refusal);
        vm.prank(RIVAL);
        market.rescue(request, Result(RIGHT, UNITS, RIVAL), Evidence.TEE, signature);
    }

    /* HELPERS */

    function needsBoth(bytes32 modelId) private returns (Request memory request) {
        request = requestOn(Evidence.ZKML);
        request.modelId = modelId;
        request.requiredEvidence = PROVING_EVIDENCE;
        request.refundAfter += TEE_WINDOW;
    }

    function signedWithWindow(Evidence kind) private returns (Request memory request) {
        request = requestOn(Evidence.TEE);
        request.modelId = _windowed;
        request.refundAfter += TEE_WINDOW;
        answer(request, kind);
    }

    function expectDeadlinesInvalid(Request memory request, uint256 earliest) private {
        expect(
            abi.encodeWithSelector(
                IInferenceMarket.DeadlinesInvalid.selector,
                request.deliverBy,
                request.proveBy,
                request.refundAfter,
                earliest
            )
        );
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket, Payout} from "../../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {Evidence, PROVING_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {Record, State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice Another node answers where the assigned one is late. See LifecycleRescue.tree.
contract LifecycleRescueTest is LifecycleFixture {
    uint128 private constant REWARD = 3_002; // half of 6,004

    function test_rescue() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        late(request);
        RequestId id = market.requestId(request);

        vm.expectEmit(address(market));
        emit IInferenceMarket.ResultDelivered(id, RIVAL, RIGHT, UNITS, claimWith(path));
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestRescued(id, RIVAL, NODE, REWARD);
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestFinal(id, RIVAL, claimWith(path), Payout(0, 0, 0, MAX_FEE));
        rescue(request, RIVAL);

        Record memory record = recordOf(request);
        assertState(request, State.FINAL, on(path, "rescued"));
        assertDelivered(request, Result(RIGHT, UNITS, RIVAL), "the rescuer answered");
        vm.assertEq(bits(record.evidence), bits(claimWith(path)), on(path, "evidence"));
        vm.assertEq(record.clock, time(), on(path, "clock"));
        before.rival += REWARD;
        before.burned += BOND - REWARD;
        before.tokens += REWARD;
        assertPurses(request, before, "the late node pays");
        assertStake(request.modelId, PLENTY / 100 - BOND, 0, on(path, "the whole bond is gone"));
    }

    /// @dev An odd bond: the half that is burned is the larger.
    function test_rescue_oddBond() public onEachProvingPath {
        Request memory request = requestOn(path);
        request.declaredValue = DECLARED_VALUE + 1;
        Purses memory before = pursesOf(request);
        late(request);
        rescue(request, RIVAL);
        before.rival += REWARD;
        before.burned += REWARD + 1;
        before.tokens += REWARD;
        assertPurses(request, before, "half, rounded down");
    }

    function test_rescue_whileOnlyAClaimWasRequired() public onEachProvingPath {
        Request memory request = relaxedOn(path);
        late(request);
        rescue(request, RIVAL);
        assertState(request, State.FINAL, on(path, "rescued"));
    }

    function test_rescue_inTheLastSecond() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        vm.warp(request.proveBy - 1);
        rescue(request, RIVAL);
        assertState(request, State.FINAL, on(path, "rescued"));
    }

    function test_RevertWhen_rescue_fromProveByOn() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        for (uint40 after_ = 0; after_ < 2; ++after_) {
            vm.warp(request.proveBy + after_);
            expectRefusedRescue(
                request,
                abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, request.proveBy, time())
            );
        }
    }

    function test_RevertWhen_rescue_beforeDeliverBy() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy - 1);
        expectRefusedRescue(
            request,
            abi.encodeWithSelector(IInferenceMarket.DeadlinePending.selector, request.deliverBy, time())
        );
    }

    function test_RevertWhen_rescue_nobodyIsLate() public onEachProvingPath {
        Request memory request = requestOn(path);
        RequestId id = open(request);
        vm.warp(request.deliverBy);
        bytes memory refusal = abi.encodeWithSelector(IInferenceMarket.StateMismatch.selector, id, State.OPEN);
        expectRefusedRescue(request, refusal);

        request = requestOn(path);
        answer(request, Evidence.VANILLA);
        vm.warp(request.deliverBy);
        id = market.requestId(request);
        refusal = abi.encodeWithSelector(IInferenceMarket.StateMismatch.selector, id, State.DELIVERED);
        expectRefusedRescue(request, refusal);
    }

    function test_RevertWhen_rescue_byTheLateNode() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expectMismatch(NODE, NODE);
        vm.prank(NODE);
        market.rescue(request, resultOf(RIGHT), path, proof);
    }

    /// @dev Copied from the mempool, it still names its author.
    function test_RevertWhen_rescue_evidenceNamesAnother() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        Result memory result = Result(RIGHT, UNITS, RIVAL);
        bytes memory proof = realEvidence(path, request, result);
        expectMismatch(RIVAL, STRANGER);
        vm.prank(STRANGER);
        market.rescue(request, result, path, proof);

        address thief = makeAccount("thief");
        registerNode(thief, Role.INFERENCE, PLENTY);
        serve(thief, request.modelId, PLENTY);
        expectInvalid(request, path);
        vm.prank(thief);
        market.rescue(request, Result(RIGHT, UNITS, thief), path, proof);
    }

    function test_RevertWhen_rescue_byWhoDoesNotServe() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        Result memory result = Result(RIGHT, UNITS, STRANGER);
        bytes memory proof = realEvidence(path, request, result);
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, STRANGER));
        vm.prank(STRANGER);
        market.rescue(request, result, path, proof);
    }

    function test_RevertWhen_rescue_withAClaim() public onEachPath {
        Request memory request = requestOn(path);
        late(request);
        expect(abi.encodeWithSelector(IInferenceMarket.EvidenceKindInvalid.selector, Evidence.VANILLA));
        vm.prank(RIVAL);
        market.rescue(request, Result(RIGHT, UNITS, RIVAL), Evidence.VANILLA, "");
    }

    function test_RevertWhen_rescue_evidenceIsNotFinalAtOnce() public {
        path = Evidence.TEE;
        Request memory request = requestOn(path);
        request.modelId = addModel(claimWith(Evidence.TEE), TEE_WINDOW);
        request.refundAfter += TEE_WINDOW;
        late(request);
        expectRefusedRescue(
            request,
            abi.encodeWithSelector(
                IInferenceMarket.EvidenceInsufficient.selector,
                claimWith(path),
                request.requiredEvidence
            )
        );
    }

    function test_RevertWhen_rescue_moreEvidenceIsRequired() public {
        bytes32 modelId = addModelWithBoth();
        for (uint8 p = 1; p < 3; ++p) {
            path = Evidence(p);
            Request memory request = requestOn(path);
            request.modelId = modelId;
            request.requiredEvidence = PROVING_EVIDENCE;
            late(request);
            expectRefusedRescue(
                request,
                abi.encodeWithSelector(
                    IInferenceMarket.EvidenceInsufficient.selector,
                    claimWith(path),
                    request.requiredEvidence
                )
            );
        }
    }

    function test_RevertWhen_rescue_unitsAreNotTheModels() public onEachProvingPath {
        Model memory model = realModel(claimWith(path));
        model.unitsPerInference = UNITS + 1;
        Request memory request = requestOn(path);
        request.modelId = addModel(model);
        late(request);
        expectRefusedRescue(request, abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, UNITS, UNITS + 1));
    }

    /* WHICHEVER COMES FIRST: rescue or refund, in one second */

    function test_rescue_thenRefund() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        rescue(request, RIVAL);
        expectState(request, State.FINAL);
        market.refund(request, resultOf(RIGHT));
    }

    function test_refund_thenRescue() public onEachProvingPath {
        Request memory request = requestOn(path);
        late(request);
        market.refund(request, resultOf(RIGHT));
        bytes memory refusal = abi.encodeWithSelector(
            IInferenceMarket.StateMismatch.selector,
            market.requestId(request),
            State.REFUNDED
        );
        expectRefusedRescue(request, refusal);
    }

    /* HELPERS */

    /// @dev NODE accepts, and lets the delivery date pass.
    function late(Request memory request) private {
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy);
    }

    function rescue(Request memory request, address node) private {
        Result memory result = Result(RIGHT, UNITS, node);
        bytes memory proof = realEvidence(path, request, result);
        vm.prank(node);
        market.rescue(request, result, path, proof);
    }

    function expectRefusedRescue(Request memory request, bytes memory refusal) private {
        Result memory result = Result(RIGHT, UNITS, RIVAL);
        bytes memory proof = realEvidence(path, request, result);
        vm.expectRevert(refusal);
        vm.prank(RIVAL);
        market.rescue(request, result, path, proof);
    }
}

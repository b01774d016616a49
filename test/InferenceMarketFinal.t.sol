// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IInferenceConsumer} from "../contracts/interfaces/IInferenceConsumer.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {HostileConsumer, Trick} from "../contracts/mocks/HostileConsumer.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Reliance, State} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What other contracts rely on: `requireFinal` and `fulfilAndCall`. See InferenceMarketFinal.tree.
contract InferenceMarketFinalTest is LifecycleFixture {
    HostileConsumer private _consumer;

    function setUp() public override {
        super.setUp();
        _consumer = new HostileConsumer();
    }

    /* REQUIRE FINAL */

    function test_requireFinal() public onEachPath {
        Request memory request = finalOn(path);
        market.requireFinal(request, resultOf(RIGHT), relianceOn(request));

        Reliance memory less = relianceOn(request);
        less.declaredValue -= 1;
        less.evidence = NO_EVIDENCE;
        market.requireFinal(request, resultOf(RIGHT), less);
    }

    function test_RevertWhen_requireFinal_isNot() public onEachPath {
        Request memory request = requestOn(path);
        Reliance memory reliance = relianceOn(request);
        expectState(request, State.NONE);
        market.requireFinal(request, resultOf(RIGHT), reliance);
        open(request);
        expectState(request, State.OPEN);
        market.requireFinal(request, resultOf(RIGHT), reliance);
        accept(request, NODE);
        expectState(request, State.ASSIGNED);
        market.requireFinal(request, resultOf(RIGHT), reliance);
        deliverRight(request, NODE);
        expectState(request, State.DELIVERED);
        market.requireFinal(request, resultOf(RIGHT), reliance);
    }

    function test_RevertWhen_requireFinal_refunded() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        vm.prank(CLIENT);
        market.cancel(request);
        Reliance memory reliance = relianceOn(request);
        expectState(request, State.REFUNDED);
        market.requireFinal(request, resultOf(RIGHT), reliance);
    }

    /// @dev Below each value by the least.
    function test_RevertWhen_requireFinal_reliesOnMore() public onEachPath {
        Request memory request = finalOn(path);
        for (uint8 kind = 0; kind < 3; ++kind) {
            Reliance memory more = relianceOn(request);
            more.evidence = more.evidence.plus(Evidence(kind));
            if (recordOf(request).evidence.includes(more.evidence)) continue;
            refuse(request, more);
        }
        Reliance memory reliance = relianceOn(request);
        reliance.declaredValue += 1;
        refuse(request, reliance);
        reliance = relianceOn(request);
        reliance.modelId = keccak256("another model");
        refuse(request, reliance);
        reliance = relianceOn(request);
        reliance.inputCommitment = keccak256("another input");
        refuse(request, reliance);
    }

    /// @dev A node that orders from itself at value 0 stakes nothing on its lie: nobody who relies on a value takes it.
    function test_RevertWhen_requireFinal_selfOrderWithoutValue() public {
        Request memory request = selfOrder();
        market.finalize(request, resultOf(WRONG));
        Reliance memory reliance = relianceOn(request);
        market.requireFinal(request, resultOf(WRONG), reliance); // final, for who relies on nothing
        reliance.declaredValue = 1;
        refuse(request, reliance);
        reliance.declaredValue = 0;
        reliance.evidence = setOf(Evidence.TEE);
        refuse(request, reliance);
    }

    function refuse(Request memory request, Reliance memory reliance) private {
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IInferenceMarket.RelianceMismatch.selector, id, reliance));
        market.requireFinal(request, deliveredTo(request), reliance);
    }

    function relianceOn(Request memory request) private view returns (Reliance memory) {
        EvidenceSet evidence = recordOf(request).evidence;
        return Reliance(request.modelId, request.inputCommitment, evidence, request.declaredValue);
    }

    function finalOn(Evidence kind) private returns (Request memory request) {
        request = requestOn(kind);
        answer(request, kind);
        if (kind != Evidence.VANILLA) return request;
        pass(CHALLENGE_WINDOW);
        market.finalize(request, resultOf(RIGHT));
    }

    /// @dev Of a model that everybody may publish, with the least bond, by a node that is its own client.
    function selfOrder() private returns (Request memory request) {
        Model memory model = realModel(setOf(Evidence.VANILLA));
        model.bond = 1;
        request = requestOn(Evidence.VANILLA);
        request.modelId = registerModel(model);
        (request.client, request.maxFee, request.declaredValue) = (NODE, 0, 0);
        serve(NODE, request.modelId, 1);
        open(request);
        deliver(request, resultOf(WRONG));
        pass(CHALLENGE_WINDOW);
    }

    /* FULFIL AND CALL */

    function test_fulfilAndCall() public onEachProvingPath {
        Request memory request = toConsumer();
        Purses memory before = pursesOf(request);
        RequestId id = market.requestId(request);
        open(request);
        bytes memory call = abi.encodeCall(
            IInferenceConsumer.onInference,
            (id, request, claimWith(path), RIGHT, "right")
        );
        vm.expectCall(address(_consumer), call);
        expectDelivered(request, path);
        expectFinal(request, claimWith(path));
        vm.expectEmit(address(market));
        emit IInferenceMarket.ConsumerCalled(id, address(_consumer), true);
        fulfilAndCall(request, "right");

        vm.assertEq(_consumer.calls(), 1, on(path, "called once, with the output"));
        assertPaid(request, before, "paid");
    }

    function test_fulfilAndCall_afterAccept() public onEachProvingPath {
        Request memory request = toConsumer();
        Purses memory before = pursesOf(request);
        open(request);
        accept(request, NODE);
        fulfilAndCall(request, "right");
        assertPaid(request, before, "paid");
    }

    /// @dev The consumer's failure undoes the whole; the node may always settle without it.
    function test_fulfilAndCall_consumerReverts() public onEachProvingPath {
        Request memory request = toConsumer();
        Purses memory before = pursesOf(request);
        open(request);
        _consumer.play(Trick.REVERTS, address(0), "");
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(HostileConsumer.ConsumerBroken.selector));
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, "right");
        assertState(request, State.OPEN, on(path, "undone"));

        bring(request, resultOf(RIGHT), path);
        assertPaid(request, before, "no hostage");
    }

    function test_RevertWhen_fulfilAndCall_withoutConsumer() public onEachProvingPath {
        Request memory request = requestOn(path);
        RequestId id = open(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IInferenceMarket.ConsumerMissing.selector, id));
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, "right");
    }

    /// @dev Case 45: the right commitment with other bytes.
    function test_RevertWhen_fulfilAndCall_outputIsAnother() public onEachProvingPath {
        Request memory request = toConsumer();
        open(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IInferenceMarket.OutputMismatch.selector, WRONG, RIGHT));
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, "wrong");
    }

    function test_RevertWhen_fulfilAndCall_isNotFinalAtOnce() public onEachPath {
        Request memory request = toConsumer();
        open(request);
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IInferenceMarket.NotFinal.selector, id, State.DELIVERED));
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), Evidence.VANILLA, "", "right");
    }

    function test_RevertWhen_fulfilAndCall_consumerIsNoContract() public onEachProvingPath {
        Request memory request = toConsumer();
        request.consumer = STRANGER;
        open(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.expectRevert();
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, "right");
    }

    function test_RevertWhen_fulfilAndCall_wasNotOpened() public onEachProvingPath {
        Request memory request = toConsumer();
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expectState(request, State.NONE);
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, "right");
    }

    function test_RevertWhen_fulfilAndCall_consumerReenters() public onEachProvingPath {
        Request memory request = toConsumer();
        open(request);
        _consumer.play(
            Trick.CALLS_BACK,
            address(market),
            abi.encodeCall(IInferenceMarket.withdraw, (address(_consumer), 1))
        );
        fulfilAndCall(request, "right");
        vm.assertEq(
            _consumer.returned(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            on(path, "refused")
        );
    }

    function toConsumer() private returns (Request memory request) {
        request = requestOn(path);
        request.consumer = address(_consumer);
    }

    function fulfilAndCall(Request memory request, bytes memory output) private {
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.prank(NODE);
        market.fulfilAndCall(request, resultOf(RIGHT), path, proof, output);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IInferenceConsumer} from "../contracts/interfaces/IInferenceConsumer.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {Earnings} from "../contracts/types/Earnings.sol";
import {HostileConsumer, Trick} from "../contracts/mocks/HostileConsumer.sol";
import {Evidence, EvidenceSet} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {Record, State, Verdict} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice The gas-capped call of consumers: whatever they do, everybody is paid.
contract InferenceMarketConsumerTest is LifecycleFixture {
    uint32 private constant CALLBACK_GAS = 100_000;

    HostileConsumer private _consumer;

    function setUp() public override {
        super.setUp();
        _consumer = new HostileConsumer();
    }

    /* CALLED ONCE, ON EVERY WAY TO FINAL */

    function test_consumer_isCalled() public onEachPath {
        Request memory request = relaxedOn(path);
        callBack(request);
        bytes memory expected = callOf(request, path == Evidence.VANILLA ? setOf(path) : claimWith(path));
        open(request);
        if (path != Evidence.VANILLA) expectCalled(request, expected);
        bring(request, resultOf(RIGHT), path);
        if (path == Evidence.VANILLA) {
            vm.assertEq(_consumer.calls(), 0, on(path, "not before it is final"));
            pass(CHALLENGE_WINDOW);
            expectCalled(request, expected);
            market.finalize(request, resultOf(RIGHT));
        }
        vm.assertEq(_consumer.calls(), 1, on(path, "once"));
    }

    function test_consumer_isCalled_afterProof() public onEachProvingPath {
        Request memory request = requestOn(path);
        callBack(request);
        answer(request, Evidence.VANILLA);
        expectCalled(request, callOf(request, claimWith(path)));
        proveLater(request, path);
        vm.assertEq(_consumer.calls(), 1, on(path, "once"));
    }

    function test_consumer_isCalled_afterRescue() public onEachProvingPath {
        Request memory request = requestOn(path);
        callBack(request);
        open(request);
        accept(request, NODE);
        vm.warp(request.deliverBy);
        Result memory result = Result(RIGHT, UNITS, RIVAL);
        bytes memory proof = realEvidence(path, request, result);
        expectCalled(request, callOf(request, claimWith(path)));
        vm.prank(RIVAL);
        market.rescue(request, result, path, proof);
        vm.assertEq(_consumer.calls(), 1, on(path, "once"));
    }

    function test_consumer_isCalled_afterVerdict() public {
        Request memory request = relaxedOn(Evidence.ZKML);
        callBack(request);
        answer(request, Evidence.VANILLA);
        vm.startPrank(address(court));
        market.openDispute(request, resultOf(RIGHT));
        expectCalled(request, callOf(request, setOf(Evidence.VANILLA)));
        market.resolveDispute(request, resultOf(RIGHT), Verdict.UPHELD, 0);
        vm.stopPrank();
        vm.assertEq(_consumer.calls(), 1, "once");
    }

    function test_consumer_isNotCalled_withoutFinality() public onEachPath {
        Request memory request = requestOn(path);
        callBack(request);
        Request memory late = requestOn(path);
        callBack(late);
        open(request);
        open(late);
        vm.prank(CLIENT);
        market.cancel(request);
        accept(late, NODE);
        vm.warp(late.deliverBy);
        market.refund(late, resultOf(RIGHT));
        vm.assertEq(_consumer.calls(), 0, on(path, "never"));
    }

    /* MISBEHAVIOUR: cases 22 to 25 */

    function test_consumer_misbehaves() public onEachPath {
        Trick[3] memory tricks = [Trick.REVERTS, Trick.BURNS_GAS, Trick.RETURNS_BOMB];
        for (uint256 i = 0; i < tricks.length; ++i) {
            _consumer.play(tricks[i], address(0), "");
            Request memory request = relaxedOn(path);
            callBack(request);
            request.nonce += 10_000 * uint64(i + 1);
            Purses memory before = pursesOf(request);
            settle(request);
            assertPaid(request, before, "paid all the same");
        }
    }

    /// @dev A megabyte of returned data costs the caller nothing beyond the callback's own gas.
    function test_consumer_returnBomb_costsNoMoreThanItsGas() public {
        Request memory quiet = relaxedOn(Evidence.TEE);
        callBack(quiet);
        Request memory bomb = relaxedOn(Evidence.TEE);
        callBack(bomb);
        bomb.callbackGas = 500_000;
        path = Evidence.TEE;
        settle(quiet);
        _consumer.play(Trick.RETURNS_BOMB, address(0), "");
        uint256 before = gasleft();
        settle(bomb);
        vm.assertLt(before - gasleft(), 1_500_000, "no copy of the megabyte");
    }

    function test_consumer_thatCannotBeCalled() public onEachPath {
        address[4] memory consumers = [STRANGER, address(market), address(token), address(registry)];
        for (uint256 i = 0; i < consumers.length; ++i) {
            Request memory request = relaxedOn(path);
            request.consumer = consumers[i];
            request.callbackGas = CALLBACK_GAS;
            Purses memory before = pursesOf(request);
            settle(request);
            assertPaid(request, before, "paid all the same");
        }
    }

    function test_consumerCalled_reportsFailure() public {
        _consumer.play(Trick.REVERTS, address(0), "");
        Request memory request = relaxedOn(Evidence.TEE);
        callBack(request);
        RequestId id = open(request);
        bytes memory signature = realEvidence(Evidence.TEE, request, resultOf(RIGHT));
        vm.expectEmit(address(market));
        emit IInferenceMarket.ConsumerCalled(id, address(_consumer), false);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.TEE, signature);
    }

    /* RE-ENTRY: case 15, every function */

    function test_consumer_reentersNothing() public {
        Request memory inner = relaxedOn(Evidence.VANILLA);
        answer(inner, Evidence.VANILLA);
        Result memory result = resultOf(RIGHT);
        Evidence none = Evidence.VANILLA;
        bytes[18] memory calls = [
            abi.encodeCall(IInferenceMarket.deposit, (STRANGER, 1)),
            abi.encodeCall(IInferenceMarket.depositWithPermit, (STRANGER, 1, 0, 0, 0, 0)),
            abi.encodeCall(IInferenceMarket.depositWithAuthorization, (STRANGER, 1, 0, 0, 0, 0, 0, 0)),
            abi.encodeCall(IInferenceMarket.withdraw, (STRANGER, 1)),
            abi.encodeCall(IInferenceMarket.transfer, (STRANGER, 1)),
            abi.encodeCall(IInferenceMarket.openRequest, (inner)),
            abi.encodeCall(IInferenceMarket.cancel, (inner)),
            abi.encodeCall(IInferenceMarket.accept, (inner)),
            abi.encodeCall(IInferenceMarket.fulfil, (inner, result, none, "")),
            abi.encodeCall(IInferenceMarket.fulfilAndCall, (inner, result, none, "", "")),
            abi.encodeCall(IInferenceMarket.rescue, (inner, result, none, "")),
            abi.encodeCall(IInferenceMarket.prove, (inner, result, none, "")),
            abi.encodeCall(IInferenceMarket.resolveDispute, (inner, result, Verdict.UPHELD, 0)),
            abi.encodeCall(IInferenceMarket.takeBond, (CLIENT, 1)),
            abi.encodeCall(IInferenceMarket.releaseBond, (CLIENT, 1)),
            abi.encodeCall(IInferenceMarket.burnBond, (1)),
            abi.encodeCall(IInferenceMarket.finalize, (inner, result)),
            abi.encodeCall(IInferenceMarket.refund, (inner, result))
        ];
        bytes memory shut = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        for (uint256 i = 0; i < calls.length; ++i) {
            settleWith(calls[i]);
            vm.assertEq(_consumer.returned(), shut, "refused");
        }
        settleWith(abi.encodeCall(IInferenceMarket.openDispute, (inner, result)));
        vm.assertEq(
            _consumer.returned(),
            abi.encodeWithSelector(IInferenceMarket.CourtOnly.selector, address(_consumer)),
            "the court's"
        );
        assertState(inner, State.DELIVERED, "untouched");
    }

    /// @dev Case 16: whoever reads while a request settles sees it settled.
    function test_consumer_readsWhatIsFinal() public {
        Request memory request = relaxedOn(Evidence.TEE);
        callBack(request);
        request.callbackGas = 500_000;
        RequestId id = market.requestId(request);
        _consumer.play(Trick.CALLS_BACK, address(market), abi.encodeCall(IInferenceMarket.recordOf, (id)));
        path = Evidence.TEE;
        settle(request);
        Record memory record = abi.decode(_consumer.returned(), (Record));
        vm.assertEq(uint256(record.state), uint256(State.FINAL), "state");

        uint128 earned = market.earningsOf(NODE).own;
        settleWith(abi.encodeCall(INodeEarnings.earningsOf, (NODE)));
        Earnings memory earnings = abi.decode(_consumer.returned(), (Earnings));
        vm.assertEq(earnings.own, earned + INFERENCE_SHARE, "already earned");
        uint128 rest = market.balanceOf(CLIENT);
        settleWith(abi.encodeCall(IInferenceMarket.balanceOf, (CLIENT)));
        vm.assertEq(abi.decode(_consumer.returned(), (uint128)), rest - FEE, "already refunded");
    }

    function settleWith(bytes memory call) private {
        Request memory request = relaxedOn(Evidence.TEE);
        callBack(request);
        request.callbackGas = 500_000;
        _consumer.play(Trick.CALLS_BACK, address(market), call);
        path = Evidence.TEE;
        settle(request);
    }

    /* GAS: case 24 */

    /// @dev Whatever gas the caller sends, the consumer gets all it was promised or nothing happens.
    function test_consumer_isNeverStarved() public {
        Request memory request = relaxedOn(Evidence.VANILLA);
        callBack(request);
        request.callbackGas = 500_000;
        answer(request, Evidence.VANILLA);
        pass(CHALLENGE_WINDOW);
        uint256 refused;
        uint256 called;
        for (uint256 sent = 150_000; sent < 800_000; sent += 7_919) {
            uint256 snapshot = vm.snapshotState();
            GasMeter meter = new GasMeter();
            vm.etch(address(_consumer), address(meter).code);
            (bool succeeded, bytes memory answer_) = address(market).call{gas: sent}(
                abi.encodeCall(IInferenceMarket.finalize, (request, resultOf(RIGHT)))
            );
            uint256 seen = GasMeter(address(_consumer)).seen();
            vm.revertToState(snapshot);
            if (succeeded) {
                ++called;
                vm.assertGt(seen, 498_000, "all of the promised gas");
            } else {
                ++refused;
                vm.assertTrue(
                    answer_.length == 0 || bytes4(answer_) == IInferenceMarket.GasTooLow.selector,
                    "out of gas, or said so"
                );
            }
        }
        vm.assertGt(refused, 10, "some are refused");
        vm.assertGt(called, 10, "some are enough");
    }

    function test_RevertWhen_gasIsTooLowForTheConsumer() public {
        Request memory request = relaxedOn(Evidence.VANILLA);
        callBack(request);
        request.callbackGas = 500_000;
        answer(request, Evidence.VANILLA);
        pass(CHALLENGE_WINDOW);
        vm.expectPartialRevert(IInferenceMarket.GasTooLow.selector);
        market.finalize{gas: 450_000}(request, resultOf(RIGHT));
    }

    /* HELPERS */

    function callBack(Request memory request) private view {
        request.consumer = address(_consumer);
        request.callbackGas = CALLBACK_GAS;
    }

    function settle(Request memory request) private {
        answer(request, path);
        if (path != Evidence.VANILLA) return;
        pass(CHALLENGE_WINDOW);
        market.finalize(request, resultOf(RIGHT));
    }

    function callOf(Request memory request, EvidenceSet evidence) private view returns (bytes memory) {
        return
            abi.encodeCall(IInferenceConsumer.onInference, (market.requestId(request), request, evidence, RIGHT, ""));
    }

    function expectCalled(Request memory request, bytes memory call) private {
        RequestId id = market.requestId(request);
        vm.expectCall(address(_consumer), call);
        vm.expectEmit(address(market));
        emit IInferenceMarket.ConsumerCalled(id, address(_consumer), true);
    }
}

/// @notice Remembers how much gas it was called with.
contract GasMeter is IInferenceConsumer {
    uint256 public seen;

    function onInference(RequestId, Request calldata, EvidenceSet, bytes32, bytes calldata) external {
        seen = gasleft();
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {HostileConsumer} from "../contracts/mocks/HostileConsumer.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Claims, Order, Reservation} from "../contracts/types/Order.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {State} from "../contracts/types/State.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice One order at a time. See OrderSettler.tree.
contract OrderSettlerTest is OrderFixture {
    /* WITHOUT A RECORD */

    function test_fulfilOrder() public onEachPath {
        Order memory order = orderOn(path);
        Money memory before = moneyNow();
        expectSettled(order);
        settle(order);
        if (path == Evidence.VANILLA) before.reserved -= FEE;
        if (path == Evidence.VANILLA) assertMoney(before, "the fee is held until the window closes");
        else assertPaidHere(before, "paid at once");
        assertLocked(order.request.modelId, path == Evidence.VANILLA ? BOND : 0, "bond");
        assertUnrecorded(order, "no record");
    }

    function test_fulfilOrder_marksTheNonce() public onEachPath {
        Order memory order = orderOn(path);
        settle(order);
        Reservation memory left = reservation();
        vm.assertEq(left.amount, RESERVED - FEE, on(path, "amount"));
        vm.assertEq(left.until, START + 1 days, on(path, "date"));
        vm.assertEq(left.first, 0, on(path, "window"));
        vm.assertEq(left.used, 1 << order.request.nonce, on(path, "flag"));
    }

    /// @dev Nothing is required, and the evidence is there all the same.
    function test_fulfilOrder_relaxed() public onEachProvingPath {
        Order memory order = orderOf(relaxedOn(path), path);
        Money memory before = moneyNow();
        settle(order);
        assertPaidHere(before, "paid at once");
        assertUnrecorded(order, "no record");
    }

    function test_fulfilOrder_claim() public {
        Order[] memory orders = ordersOn(Evidence.VANILLA, 1);
        Claims memory expected = Claims(uint96(FEE), uint88(BOND), uint32(time()), 1);
        bytes32 root = digestOf(orders[0]);
        vm.expectEmit(address(settler));
        emit IOrderSettler.ClaimsEntered(root, NODE, modelFor[0], DATA_NODE, expected);
        settle(orders[0]);
        assertClaims(orders, expected, "one claim is its own root");
    }

    function test_fulfilOrder_withoutData() public onEachProvingPath {
        Request memory request = requestOn(path);
        (request.dataNode, request.dataCommitment) = (address(0), 0);
        Money memory before = moneyNow();
        settle(orderOf(request, path));
        before.reserved -= FEE;
        before.verification += VERIFICATION_SHARE;
        before.inference += FEE - VERIFICATION_SHARE;
        assertMoney(before, "no data share");
    }

    function test_fulfilOrder_forNothing() public onEachPath {
        Request memory request = requestOn(path);
        request.unitPrice = 0;
        Money memory before = moneyNow();
        Order memory order = orderOf(request, path);
        bytes memory evidence = evidenceOf(order);
        settle(order, evidence);
        assertMoney(before, "nothing moves");
        expect(nonceUsed(order));
        settle(order, evidence);
    }

    function test_fulfilOrder_costsAtMostMaxFee() public {
        Order memory order = orderOn(Evidence.TEE);
        uint40[3] memory units = [uint40(90), 91, type(uint40).max];
        uint96[3] memory fees = [uint96(990), uint96(MAX_FEE), uint96(MAX_FEE)];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            order.units = units[i];
            settle(order);
            vm.assertEq(reservation().amount, RESERVED - fees[i], "11 a unit, at most 1,000");
            vm.revertToState(snapshot);
        }
    }

    /* WITH A RECORD */

    function test_fulfilOrder_withConsumer() public onEachPath {
        Request memory request = requestOn(path);
        request.consumer = address(new HostileConsumer());
        request.callbackGas = 100_000;
        Order memory order = orderOf(request, path);
        Money memory before = moneyNow();
        RequestId id = idOf(order);
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestOpened(id, CLIENT, NODE, request);
        settle(order);
        if (path == Evidence.VANILLA) {
            assertWaiting(order, before, BOND);
            pass(CHALLENGE_WINDOW);
            market.finalize(request, resultOf(RIGHT));
        }
        assertState(request, State.FINAL, on(path, "a record"));
        assertPaidByRecord(before, "paid as a direct request");
        vm.assertEq(HostileConsumer(request.consumer).calls(), 1, on(path, "called"));
    }

    /// @dev The proof or signature comes later, and whoever brings it ends the request.
    function test_fulfilOrder_claimBeforeEvidence() public onEachProvingPath {
        Order memory order = orderOf(requestOn(path), Evidence.VANILLA);
        Money memory before = moneyNow();
        settle(order);
        assertWaiting(order, before, BOND);
        proveLater(order.request, path);
        assertState(order.request, State.FINAL, on(path, "proved"));
        assertPaidByRecord(before, "paid as a direct request");
    }

    function test_fulfilOrder_evidenceIsMissing() public onEachProvingPath {
        Request memory request = requestOn(path);
        request.modelId = addModelWithBoth();
        request.requiredEvidence = setOf(Evidence.ZKML).plus(Evidence.TEE);
        Order memory order = orderOf(request, path);
        Money memory before = moneyNow();
        settle(order);
        assertWaiting(order, before, BOND);
        proveLater(request, path == Evidence.ZKML ? Evidence.TEE : Evidence.ZKML);
        assertPaidByRecord(before, "paid as a direct request");
    }

    function test_fulfilOrder_teeWindow() public {
        path = Evidence.TEE;
        modelFor[2] = addModel(claimWith(Evidence.TEE), TEE_WINDOW);
        Order memory order = orderOn(Evidence.TEE);
        Money memory before = moneyNow();
        settle(order);
        assertWaiting(order, before, BOND);
        pass(TEE_WINDOW - 1);
        expectWindowOpen(order.request, time() + 1);
        market.finalize(order.request, resultOf(RIGHT));
        pass(1);
        market.finalize(order.request, resultOf(RIGHT));
        assertPaidByRecord(before, "paid as a direct request");
    }

    function test_fulfilOrder_late() public {
        path = Evidence.ZKML;
        Order memory order = orderOf(requestOn(path), Evidence.VANILLA);
        Money memory before = moneyNow();
        settle(order);
        vm.warp(order.request.proveBy);
        market.refund(order.request, resultOf(RIGHT));
        before.reserved -= MAX_FEE;
        before.settler -= MAX_FEE;
        before.client += MAX_FEE;
        before.burned += BOND;
        assertMoney(before, "all that was escrowed returns to the balance");
    }

    /* AND CALL */

    function test_fulfilOrderAndCall() public onEachProvingPath {
        Order memory order = orderWithConsumer();
        Money memory before = moneyNow();
        bytes memory proof = evidenceOf(order);
        bytes memory call = abi.encodeCall(
            HostileConsumer.onInference,
            (idOf(order), order.request, claimWith(path), RIGHT, "right")
        );
        vm.expectCall(order.request.consumer, call);
        settleAndCall(order, proof, "right");
        assertState(order.request, State.FINAL, on(path, "a record"));
        assertPaidByRecord(before, "paid as a direct request");
    }

    function test_RevertWhen_fulfilOrderAndCall_isNotFinalAtOnce() public {
        Order memory order = orderWithConsumer();
        order.kind = Evidence.VANILLA;
        RequestId id = idOf(order);
        expect(abi.encodeWithSelector(IInferenceMarket.NotFinal.selector, id, State.DELIVERED));
        settleAndCall(order, "", "right");
    }

    function test_RevertWhen_fulfilOrderAndCall_hasNoConsumer() public onEachProvingPath {
        Order memory order = orderOn(path);
        bytes memory proof = evidenceOf(order);
        bytes memory missing = abi.encodeWithSelector(IInferenceMarket.ConsumerMissing.selector, idOf(order));
        expect(missing);
        settleAndCall(order, proof, "right");
    }

    function test_RevertWhen_fulfilOrderAndCall_anotherOutput() public onEachProvingPath {
        Order memory order = orderWithConsumer();
        bytes memory proof = evidenceOf(order);
        expect(abi.encodeWithSelector(IInferenceMarket.OutputMismatch.selector, WRONG, RIGHT));
        settleAndCall(order, proof, "wrong");
    }

    function test_RevertWhen_fulfilOrderAndCall_byAnybodyElse() public onEachProvingPath {
        Order memory order = orderWithConsumer();
        bytes memory proof = evidenceOf(order);
        expectMismatch(NODE, RIVAL);
        vm.prank(RIVAL, RIVAL);
        settler.fulfilOrderAndCall(order, proof, "right");
    }

    /* PAUSED: what was promised is settled */

    function test_fulfilOrder_whilePaused() public onEachPath {
        Order memory order = orderOn(path);
        Order memory withConsumer = orderWithConsumer();
        market.pause();
        settle(order);
        settle(withConsumer, evidenceOf(withConsumer));
        vm.assertTrue(stateOf(withConsumer.request) != State.NONE, "has a record");
    }

    /* HELPERS */

    function orderWithConsumer() private returns (Order memory) {
        Request memory request = requestOn(path);
        request.consumer = address(new HostileConsumer());
        request.callbackGas = 100_000;
        return orderOf(request, path);
    }

    function settleAndCall(Order memory order, bytes memory evidence, bytes memory output) private {
        vm.prank(NODE, NODE);
        settler.fulfilOrderAndCall(order, evidence, output);
    }

    /// @dev In the market, as a direct request that NODE has just answered.
    function assertWaiting(Order memory order, Money memory before, uint128 bond) private view {
        Money memory expected = abi.decode(abi.encode(before), (Money));
        expected.reserved -= MAX_FEE;
        expected.settler -= MAX_FEE;
        assertMoney(expected, "the most it may cost is escrowed");
        assertState(order.request, State.DELIVERED, on(path, "a record"));
        assertLocked(order.request.modelId, bond, "bond");
    }
}

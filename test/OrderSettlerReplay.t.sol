// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Order} from "../contracts/types/Order.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice The same money is not promised twice, and the same order not paid twice. See OrderSettler.tree.
contract OrderSettlerReplayTest is OrderFixture {
    /* DOUBLE PROMISES */

    /// @dev What is reserved for one node is no other's, whatever the client signs.
    function test_promise_toTwoNodes() public onEachPath {
        Request memory request = requestOn(path);
        request.node = RIVAL;
        Order memory order = orderOf(request, path);
        bytes memory evidence = evidenceOf(order);
        expect(exceeded(RIVAL, SIGNER, 0, FEE));
        settle(order, evidence);
        reserveOrders(RIVAL, uint96(FEE));
        settle(order, evidence);
        vm.assertEq(reservation().amount, RESERVED, on(path, "the other node's is not touched"));
    }

    /// @dev Two orders for the same money, together: the first is settled.
    function test_promise_ofOneBalanceTwice() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        for (uint256 i = 0; i < 2; ++i) {
            orders[i].request.node = RIVAL;
            sign(orders[i], SIGNER_KEY);
        }
        reserveOrders(RIVAL, uint96(2 * FEE) - 1);
        bytes[] memory evidence = evidenceOf(orders);
        bytes memory reason = exceeded(RIVAL, SIGNER, uint96(FEE) - 1, FEE);
        RequestId id = idOf(orders[1]);
        vm.expectEmit(address(settler));
        emit IOrderSettler.OrderRefused(id, RIVAL, reason);
        vm.prank(RIVAL, RIVAL);
        settler.fulfilOrders(orders, evidence, "");
        vm.assertEq(settler.reservationOf(CLIENT, RIVAL, SIGNER).amount, FEE - 1, on(path, "drawn once"));
    }

    /// @dev What is reserved can be neither withdrawn nor reserved again.
    function test_promise_thenWithdrawal() public onEachPath {
        uint128 balance = market.balanceOf(CLIENT);
        vm.startPrank(CLIENT);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, balance + 1));
        market.withdraw(CLIENT, balance + 1);
        market.withdraw(CLIENT, balance);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, 0, 1));
        settler.reserve(RIVAL, 1, START + 100, SIGNER);
        vm.stopPrank();
        settle(orderOn(path));
        vm.assertEq(reservation().amount, RESERVED - FEE, on(path, "the promise is kept"));
    }

    /* REPLAYS */

    function test_replay_alone() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        settle(order, evidence);
        Money memory before = moneyNow();
        expect(nonceUsed(order));
        settle(order, evidence);
        order.outputCommitment = WRONG;
        evidence = evidenceOf(order);
        expect(nonceUsed(order));
        settle(order, evidence);
        assertMoney(before, "once");
    }

    function test_replay_inOneBatch() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        orders[1] = orders[0];
        expectRefused(orders[1], nonceUsed(orders[1]));
        settleAll(orders);
        vm.assertEq(reservation().amount, RESERVED - FEE, on(path, "once"));
    }

    function test_replay_inTwoBatches() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        settleAll(orders);
        Money memory before = moneyNow();
        for (uint256 i = 0; i < 2; ++i) expectRefused(orders[i], nonceUsed(orders[i]));
        settleAll(orders);
        assertMoney(before, "once");
    }

    /// @dev Also where it leaves a record.
    function test_replay_withRecord() public onEachProvingPath {
        Order memory order = orderOf(requestOn(path), Evidence.VANILLA);
        settle(order);
        expect(nonceUsed(order));
        settle(order, "");
        order.kind = path;
        bytes memory evidence = evidenceOf(order);
        expect(nonceUsed(order));
        settle(order, evidence);
    }

    /// @dev A nonce far above moves the window, and those that it leaves behind were signed in vain.
    function test_replay_ofANonceLeftBehind() public onEachPath {
        Order memory early = orderOn(path);
        bytes memory evidence = evidenceOf(early);
        Order memory late = orderOn(path);
        late.request.nonce = early.request.nonce + 80;
        sign(late, SIGNER_KEY);
        uint256 snapshot = vm.snapshotState();
        settle(late);
        expect(nonceUsed(early));
        settle(early, evidence);
        vm.revertToState(snapshot);

        late.request.nonce -= 1;
        sign(late, SIGNER_KEY);
        settle(late);
        settle(early, evidence);
    }

    /// @dev The flags go with a released reservation; what was signed under it is too old by then.
    function test_replay_afterRelease() public onEachPath {
        Order memory order = orderOn(path);
        order.request.deliverBy = reservation().until + LONGEST_ORDER;
        order.request.proveBy = order.request.deliverBy + 1;
        order.request.refundAfter = order.request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        sign(order, SIGNER_KEY);
        bytes memory evidence = evidenceOf(order);
        settle(order, evidence);
        vm.warp(order.request.deliverBy);
        vm.prank(CLIENT);
        settler.release(NODE, SIGNER);
        reserveOrders(NODE, RESERVED);
        vm.assertEq(reservation().used, 0, on(path, "fresh flags"));
        expectPassed(order.request.deliverBy);
        settle(order, evidence);
    }

    /// @dev A claim's record does not outlive its fee: neither the claim nor its record pays twice.
    function test_replay_extractedTwice() public {
        Order[] memory orders = claimed();
        extract(orders, 0);
        Money memory before = moneyNow();
        bytes32 root = rootOf(orders);
        bytes32[] memory proof = proofOf(orders, 0);
        expect(abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, idOf(orders[0])));
        settler.extractClaim(orders[0].request, resultOf(RIGHT), root, proof);
        assertMoney(before, "nothing moves");
        vm.assertEq(claimsOf(orders).count, 2, "two are left");
    }

    function test_replay_extractedLate() public {
        Order[] memory orders = claimed();
        uint40 end = time() + CHALLENGE_WINDOW;
        bytes32 root = rootOf(orders);
        bytes32[] memory proof = proofOf(orders, 0);
        vm.warp(end);
        expect(abi.encodeWithSelector(IOrderSettler.ClaimsClosed.selector, root, end));
        settler.extractClaim(orders[0].request, resultOf(RIGHT), root, proof);
    }
}

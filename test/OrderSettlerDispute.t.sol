// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Evidence} from "../contracts/types/Evidence.sol";
import {Claims, Order} from "../contracts/types/Order.sol";
import {Result} from "../contracts/types/Result.sol";
import {State} from "../contracts/types/State.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Extracted claims in the market and its court: one of three ends there, two under their root.
contract OrderSettlerDisputeTest is OrderFixture {
    // 40 % of the bond of 6,004 and of the challenger's 507, rounded down
    uint128 private constant RECOVERED = 2_401;
    uint128 private constant COMPENSATION = 202;

    Order[] private _orders;
    Money private _before;
    uint32 private _clock;

    function test_rejected() public onEachProvingPath {
        claimThree(WRONG);
        challengeFirst(RIGHT);
        uint128 challenger = market.balanceOf(CHALLENGER);
        decide();
        assertState(_orders[0].request, State.REJECTED, on(path, "proved wrong"));
        vm.assertEq(
            market.balanceOf(CHALLENGER),
            challenger + CHALLENGE_BOND + RECOVERED,
            on(path, "the challenger's reward")
        );

        Money memory expected = _before;
        expected.reserved -= 3 * FEE;
        expected.settler -= FEE;
        expected.client += FEE; // what the claim cost: the rest never left the reservation
        expected.tokens += RECOVERED;
        expected.burned += BOND - RECOVERED;
        assertMoney(expected, "the client is whole, the node slashed");
        assertStake(_orders[0].request.modelId, OPTED - BOND, 2 * BOND, on(path, "once"));
        assertOthersFinal(expected, OPTED - BOND);
    }

    /// @dev Nobody proves anything in time: as in the market, the node could have.
    function test_rejected_byDefault() public onEachProvingPath {
        claimThree(RIGHT);
        challengeFirst(WRONG);
        vm.warp(court.disputeOf(idOf(_orders[0])).evidenceBy);
        court.conclude(_orders[0].request, answerOf(_orders[0]));
        assertState(_orders[0].request, State.REJECTED, on(path, "by default"));
        vm.assertEq(market.balanceOf(CLIENT), _before.client + FEE, on(path, "the client is whole"));
    }

    function test_upheld() public onEachProvingPath {
        claimThree(RIGHT);
        challengeFirst(WRONG);
        uint128 compensated = market.balanceOf(payoutFor(NODE));
        decide();
        assertState(_orders[0].request, State.FINAL, on(path, "proved right"));
        vm.assertEq(market.balanceOf(payoutFor(NODE)), compensated + COMPENSATION, on(path, "the node's compensation"));

        Money memory expected = _before;
        expected.reserved -= 3 * FEE;
        expected.settler -= FEE;
        share(expected, FEE);
        assertMoney(expected, "paid");
        assertStake(_orders[0].request.modelId, OPTED, 2 * BOND, on(path, "its bond is free"));
        assertOthersFinal(expected, OPTED);
    }

    /// @dev The jury keeps silent: nobody is at fault.
    function test_undecided() public {
        path = Evidence.VANILLA;
        claimThree(RIGHT);
        challengeFirst(WRONG);
        vm.warp(court.disputeOf(idOf(_orders[0])).revealBy);
        court.conclude(_orders[0].request, answerOf(_orders[0]));
        assertState(_orders[0].request, State.REFUNDED, "undecided");
        Money memory expected = _before;
        expected.reserved -= 3 * FEE;
        expected.settler -= FEE;
        expected.client += FEE;
        assertMoney(expected, "the client is whole");
        assertOthersFinal(expected, OPTED);
    }

    /// @dev Whoever holds a proof ends the wait.
    function test_proved() public onEachProvingPath {
        claimThree(RIGHT);
        extract(_orders, 0);
        proveLater(_orders[0].request, path);
        assertState(_orders[0].request, State.FINAL, on(path, "proved"));
        Money memory expected = _before;
        expected.reserved -= 3 * FEE;
        expected.settler -= FEE;
        share(expected, FEE);
        assertMoney(expected, "paid before the window closes");
        assertOthersFinal(expected, OPTED);
    }

    /// @dev A claim that nobody can refund away: its node is not late.
    function test_RevertWhen_refund_extracted() public onEachPath {
        claimThree(RIGHT);
        extract(_orders, 0);
        uint40[3] memory times = [time(), _orders[0].request.proveBy, _orders[0].request.refundAfter];
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(times[i]);
            expectState(_orders[0].request, State.DELIVERED);
            market.refund(_orders[0].request, resultOf(RIGHT));
        }
    }

    /// @dev At the last second it can be extracted and challenged still; a second later neither.
    function test_challenge_atTheEndOfTheWindow() public {
        path = Evidence.ZKML;
        claimThree(WRONG);
        commitTo(RIGHT);
        vm.warp(_clock + CHALLENGE_WINDOW - 1);
        extract(_orders, 0);
        challenge(RIGHT);
        assertState(_orders[0].request, State.DISPUTED, "in time");
        extract(_orders, 1);
        vm.warp(_clock + CHALLENGE_WINDOW);
        expectWindowClosed(_orders[1].request, _clock + CHALLENGE_WINDOW);
        vm.prank(address(court));
        market.openDispute(_orders[1].request, answerOf(_orders[1]));
    }

    /* HELPERS */

    /// @dev Three claims on a model of the path, the first with this answer, the others right.
    function claimThree(bytes32 first) private {
        Order[] memory orders = new Order[](3);
        _before = moneyNow();
        for (uint256 i = 0; i < 3; ++i) orders[i] = orderOf(relaxedOn(path), Evidence.VANILLA);
        orders[0].outputCommitment = first;
        settleAll(orders, new bytes[](0), "");
        delete _orders;
        for (uint256 i = 0; i < 3; ++i) _orders.push(orders[i]);
        _clock = uint32(time());
    }

    function challengeFirst(bytes32 claim) private {
        extract(_orders, 0);
        commitTo(claim);
        challenge(claim);
    }

    function commitTo(bytes32 claim) private {
        bytes32 commitment = court.challengeCommitment(CHALLENGER, idOf(_orders[0]), resultOf(claim), "salt");
        vm.prank(CHALLENGER);
        court.commitChallenge(commitment);
        mine(1);
    }

    function challenge(bytes32 claim) private {
        vm.prank(CHALLENGER);
        court.challenge(_orders[0].request, answerOf(_orders[0]), resultOf(claim), "salt");
    }

    /// @dev By evidence that RIGHT is the answer.
    function decide() private {
        Result memory proved = resultOf(RIGHT);
        bytes memory proof = realEvidence(path, _orders[0].request, proved);
        vm.prank(STRANGER);
        court.decide(_orders[0].request, answerOf(_orders[0]), proved, proof);
    }

    function assertOthersFinal(Money memory expected, uint128 opted) private {
        Claims memory left = Claims(uint96(2 * FEE), uint88(2 * BOND), _clock, 2);
        assertClaims(_orders, left, on(path, "the others wait"));
        vm.warp(_clock + CHALLENGE_WINDOW);
        finalizeClaims(_orders);
        share(expected, 2 * FEE);
        assertMoney(expected, "the others are paid");
        assertStake(_orders[0].request.modelId, opted, 0, on(path, "unlocked"));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What the market does for its court. How verdicts come about is in DisputeCourt*.t.sol. See
/// InferenceMarketDispute.tree.
contract InferenceMarketDisputeTest is LifecycleFixture {
    uint16 private constant RECOVERED_BPS = 3_333;
    uint128 private constant RECOVERED = 2_001; // 6,004 at 33.33 %, 2,001.1332 rounded down

    /* OPEN: at the window's end - 1, 0 and + 1 exactly one of challenge and finalize is possible */

    function test_openDispute() public onEachPath {
        Request memory request = relaxedOn(path);
        answer(request, Evidence.VANILLA);
        uint40 end = time() + CHALLENGE_WINDOW;
        Purses memory before = pursesOf(request);
        vm.warp(end - 1);
        expectWindowOpen(request, end);
        market.finalize(request, resultOf(RIGHT));

        uint256 snapshot = vm.snapshotState();
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(end + late);
            expectWindowClosed(request, end);
            openDispute(request);
        }
        market.finalize(request, resultOf(RIGHT));
        vm.revertToState(snapshot);

        vm.warp(end - 1);
        RequestId id = market.requestId(request);
        vm.expectEmit(address(market));
        emit IInferenceMarket.DisputeOpened(id);
        openDispute(request);
        assertState(request, State.DISPUTED, on(path, "frozen"));
        assertPurses(request, before, "nothing moves");
        assertStake(request.modelId, PLENTY / 100, BOND, on(path, "bond still locked"));
    }

    function test_disputed_isFrozen() public onEachPath {
        Request memory request = disputedOn(path);
        bytes memory proof = realEvidence(Evidence.ZKML, request, resultOf(RIGHT));
        uint40[3] memory times = [time(), request.proveBy, request.refundAfter];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            expectState(request, State.DISPUTED);
            market.finalize(request, resultOf(RIGHT));
            expectState(request, State.DISPUTED);
            market.refund(request, resultOf(RIGHT));
            expectState(request, State.DISPUTED);
            market.prove(request, resultOf(RIGHT), Evidence.ZKML, proof);
            expectState(request, State.DISPUTED);
            openDispute(request);
            expectState(request, State.DISPUTED);
            deliverRight(request, NODE);
        }
    }

    function test_RevertWhen_openDispute_nothingIsDelivered() public onEachPath {
        Request memory request = requestOn(path);
        expectState(request, State.NONE);
        openDispute(request);
        open(request);
        expectState(request, State.OPEN);
        openDispute(request);
        accept(request, NODE);
        expectState(request, State.ASSIGNED);
        openDispute(request);
    }

    function test_RevertWhen_openDispute_requiredEvidenceIsMissing() public onEachProvingPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        expectWindowNotStarted(request);
        openDispute(request);
    }

    function test_RevertWhen_openDispute_final() public onEachProvingPath {
        Request memory request = requestOn(path);
        answer(request, path);
        expectState(request, State.FINAL);
        openDispute(request);
    }

    /* RESOLVE */

    function test_resolveDispute_upheld() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        uint40 delivered = time();
        openDispute(request);
        pass(100);

        expectResolved(request, Verdict.UPHELD);
        expectFinal(request, setOf(Evidence.VANILLA));
        vm.assertEq(resolve(request, Verdict.UPHELD, RECOVERED_BPS), 0, on(path, "nothing recovered"));
        assertRecord(request, State.FINAL, setOf(Evidence.VANILLA), delivered, "upheld");
        assertPaid(request, before, "upheld");
    }

    function test_resolveDispute_rejected() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        openDispute(request);

        expectResolved(request, Verdict.REJECTED);
        RequestId id = market.requestId(request);
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestRejected(id, NODE, BOND);
        vm.assertEq(resolve(request, Verdict.REJECTED, RECOVERED_BPS), RECOVERED, on(path, "recovered"));
        before.bonds += RECOVERED;
        before.tokens += RECOVERED;
        before.burned += BOND - RECOVERED;
        assertPurses(request, before, "client whole, node slashed");
        assertStake(request.modelId, PLENTY / 100 - BOND, 0, on(path, "slashed once"));
        assertState(request, State.REJECTED, on(path, "rejected"));
    }

    function test_resolveDispute_undecided() public onEachPath {
        Request memory request = relaxedOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        openDispute(request);

        expectResolved(request, Verdict.UNDECIDED);
        expectRefunded(request, 0);
        vm.assertEq(resolve(request, Verdict.UNDECIDED, RECOVERED_BPS), 0, on(path, "nothing recovered"));
        assertRefunded(request, before, 0, "nobody is at fault");
    }

    function test_resolveDispute_recoversAllOrNothing() public {
        Request memory request = disputedOn(Evidence.VANILLA);
        vm.assertEq(resolve(request, Verdict.REJECTED, 0), 0, "all burned");
        request = disputedOn(Evidence.VANILLA);
        vm.assertEq(resolve(request, Verdict.REJECTED, 10_000), BOND, "all recovered");
        request = disputedOn(Evidence.VANILLA);
        expect(
            abi.encodeWithSelector(INodeRegistry.RecoveryAboveSlash.selector, (uint256(BOND) * 10_003) / 10_000, BOND)
        );
        resolve(request, Verdict.REJECTED, 10_003);
    }

    function test_RevertWhen_resolveDispute_isNotDisputed() public onEachPath {
        Request memory request = relaxedOn(path);
        for (uint8 verdict = 1; verdict < 4; ++verdict) {
            expectState(request, State.NONE);
            resolve(request, Verdict(verdict), 0);
        }
        answer(request, Evidence.VANILLA);
        expectState(request, State.DELIVERED);
        resolve(request, Verdict.REJECTED, 0);
    }

    /// @dev I12: one verdict, one slash.
    function test_RevertWhen_resolveDispute_twice() public onEachPath {
        State[3] memory ends = [State.FINAL, State.REJECTED, State.REFUNDED];
        for (uint8 verdict = 1; verdict < 4; ++verdict) {
            Request memory request = disputedOn(path);
            resolve(request, Verdict(verdict), 0);
            for (uint8 again = 1; again < 4; ++again) {
                expectState(request, ends[verdict - 1]);
                resolve(request, Verdict(again), 0);
            }
        }
    }

    /* BONDS */

    function test_bonds() public {
        vm.startPrank(address(court));
        uint128 balance = market.balanceOf(CLIENT);
        vm.expectEmit(address(market));
        emit IInferenceMarket.BondTaken(CLIENT, 100);
        market.takeBond(CLIENT, 100);
        vm.assertEq(market.balanceOf(CLIENT), balance - 100, "taken");
        vm.assertEq(market.bonds(), 100, "held");

        vm.expectEmit(address(market));
        emit IInferenceMarket.BondReleased(STRANGER, 30);
        market.releaseBond(STRANGER, 30);
        vm.assertEq(market.balanceOf(STRANGER), 30, "released");
        vm.assertEq(market.bonds(), 70, "rest");

        vm.expectEmit(address(market));
        emit IInferenceMarket.BondBurned(70);
        market.burnBond(70);
        vm.assertEq(market.bonds(), 0, "none left");
        vm.assertEq(market.burned(), 70, "burned");
        vm.stopPrank();
    }

    function test_RevertWhen_bonds_exceedWhatIsThere() public {
        vm.startPrank(address(court));
        uint128 balance = market.balanceOf(CLIENT);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, balance + 1));
        market.takeBond(CLIENT, balance + 1);
        market.takeBond(CLIENT, 10);
        expect(abi.encodeWithSignature("Panic(uint256)", 0x11));
        market.releaseBond(STRANGER, 11);
        expect(abi.encodeWithSignature("Panic(uint256)", 0x11));
        market.burnBond(11);
        vm.stopPrank();
    }

    /* HELPERS */

    function openDispute(Request memory request) private {
        vm.prank(address(court));
        market.openDispute(request, resultOf(RIGHT));
    }

    function resolve(Request memory request, Verdict verdict, uint16 recoveredBps) private returns (uint128) {
        vm.prank(address(court));
        return market.resolveDispute(request, resultOf(RIGHT), verdict, recoveredBps);
    }

    function disputedOn(Evidence kind) private returns (Request memory request) {
        request = relaxedOn(kind);
        answer(request, Evidence.VANILLA);
        openDispute(request);
    }

    function expectResolved(Request memory request, Verdict verdict) private {
        RequestId id = market.requestId(request);
        vm.expectEmit(address(market));
        emit IInferenceMarket.DisputeResolved(id, verdict);
    }
}

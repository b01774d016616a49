// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeCourt} from "../contracts/interfaces/IDisputeCourt.sol";
import {Role} from "../contracts/types/Node.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {HISTORY, deployHistory} from "./support/History.sol";
import {vm} from "./support/Vm.sol";

/// @notice How a jury of three is drawn, for disputes of models with neither circuit nor enclave.
contract DisputeCourtDrawTest is CourtFixture {
    function setUp() public override {
        super.setUp();
        registerVerifiers(5);
    }

    function idOf(Request memory request) private view returns (RequestId) {
        return market.requestId(request);
    }

    /* SEED */

    function test_drawJury() public {
        Request memory request = disputed(modelFor[0], WRONG);
        mineSeed(request);
        address[] memory excluded = new address[](1);
        excluded[0] = NODE;
        bytes32 seed = keccak256(abi.encode(hashOfBlock(disputeOf(request).seedBlock), idOf(request)));
        address[] memory expected = registry.drawVerifiers(seed, 3, disputeOf(request).openedAt, excluded);

        vm.expectEmit(address(court));
        emit IDisputeCourt.JuryDrawn(idOf(request), expected);
        court.drawJury(request);

        address[] memory jurors = court.jurorsOf(idOf(request));
        vm.assertEq(jurors, expected, "drawn by seed block and request");
        vm.assertEq(jurors.length, 3, "jury of three");
        for (uint256 i = 0; i < 5; ++i) {
            bool drawn;
            for (uint256 j = 0; j < 3; ++j) drawn = drawn || jurors[j] == verifierAt(i);
            vm.assertEq(court.voteOf(idOf(request), verifierAt(i)).drawn, drawn, "marked exactly if drawn");
        }
    }

    function test_RevertWhen_drawJury_seedPending() public {
        Request memory request = disputed(modelFor[0], WRONG);
        uint40 seedBlock = disputeOf(request).seedBlock;
        for (uint256 number = seedBlock - 1; number <= seedBlock; ++number) {
            vm.roll(number);
            expect(abi.encodeWithSelector(IDisputeCourt.JurySeedPending.selector, seedBlock));
            court.drawJury(request);
        }
        drawJury(request);
    }

    function test_drawJury_seedInTheHistoryContract() public {
        Request memory request = disputed(modelFor[0], WRONG);
        uint256 snapshot = vm.snapshotState();
        address[] memory expected = drawJury(request);
        vm.revertToState(snapshot);

        uint256 seedBlock = disputeOf(request).seedBlock;
        deployHistory();
        vm.store(HISTORY, bytes32(seedBlock % 8_191), hashOfBlock(seedBlock));
        vm.roll(seedBlock + 8_191);
        court.drawJury(request);
        vm.assertEq(court.jurorsOf(idOf(request)), expected, "the same jury, as long as the hash is known");
    }

    function test_RevertWhen_drawJury_seedUnreachable() public {
        Request memory request = disputed(modelFor[0], WRONG);
        uint40 seedBlock = disputeOf(request).seedBlock;
        deployHistory();
        vm.roll(seedBlock + 8_192);
        expect(abi.encodeWithSelector(IDisputeCourt.JurySeedUnreachable.selector, seedBlock));
        court.drawJury(request);

        concludeAtEnd(request);
        assertVerdict(request, Verdict.UNDECIDED, "no jury");
    }

    function testFuzz_drawJury_dependsOnTheSeed(bytes32 seed) public {
        vm.assume(seed != 0);
        Request memory request = disputed(modelFor[0], WRONG);
        uint256 seedBlock = disputeOf(request).seedBlock;
        vm.roll(seedBlock + 1);
        vm.setBlockhash(seedBlock, seed);
        uint256 snapshot = vm.snapshotState();
        court.drawJury(request);
        bytes32 first = keccak256(abi.encode(court.jurorsOf(idOf(request))));
        vm.revertToState(snapshot);

        for (uint256 i = 1; i <= 16; ++i) {
            snapshot = vm.snapshotState();
            vm.setBlockhash(seedBlock, keccak256(abi.encode(seed, i)));
            court.drawJury(request);
            bytes32 other = keccak256(abi.encode(court.jurorsOf(idOf(request))));
            vm.revertToState(snapshot);
            if (other != first) return;
        }
        vm.assertTrue(false, "sixteen other seeds drew the same jury");
    }

    /* WHEN */

    function test_RevertWhen_drawJury_twice() public {
        Request memory request = disputed(modelFor[0], WRONG);
        drawJury(request);
        expect(abi.encodeWithSelector(IDisputeCourt.JuryAlreadyDrawn.selector, idOf(request)));
        court.drawJury(request);
    }

    function test_RevertWhen_drawJury_late() public {
        Request memory request = disputed(modelFor[0], WRONG);
        uint40 end = disputeOf(request).evidenceBy;
        mineSeed(request);
        uint256 snapshot = vm.snapshotState();
        vm.warp(end - 1);
        court.drawJury(request);
        vm.revertToState(snapshot);

        for (uint40 time = end; time <= end + 1; ++time) {
            vm.warp(time);
            expect(abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePassed.selector, end, time));
            court.drawJury(request);
        }
    }

    function test_RevertWhen_decide_byEvidence() public {
        Request memory request = disputed(modelFor[0], WRONG);
        Result memory result = resultOf(RIGHT);
        expectJuryDecides(request);
        court.decide(request, deliveredTo(request), result, "");
    }

    function expectJuryDecides(Request memory request) private {
        expect(abi.encodeWithSelector(IDisputeCourt.ArbiterMismatch.selector, idOf(request), 0));
    }

    /* WHO */

    /// @dev Three verifiers that belong to the parties and one that does not: only the latter is ever drawn.
    function testFuzz_drawJury_neverOfTheParties(bytes32 seed) public {
        vm.assume(seed != 0);
        for (uint256 i = 1; i < 5; ++i) {
            vm.prank(verifierAt(i));
            registry.retire();
        }
        address operator = makeAccount("challenger's operator");
        registerNode(makeAccount("verifier of node"), Role.VERIFICATION, MIN_STAKE, NODE);
        registerNode(CHALLENGER, Role.DATA, MIN_STAKE, operator);
        registerNode(makeAccount("verifier of challenger's operator"), Role.VERIFICATION, MIN_STAKE, operator);
        registerNode(makeAccount("verifier of challenger"), Role.VERIFICATION, MIN_STAKE, CHALLENGER);
        pass(1);

        Request memory request = disputed(modelFor[0], WRONG);
        uint256 seedBlock = disputeOf(request).seedBlock;
        vm.roll(seedBlock + 1);
        vm.setBlockhash(seedBlock, seed);
        court.drawJury(request);
        address[] memory jurors = court.jurorsOf(idOf(request));
        vm.assertEq(jurors.length, 1, "one is eligible");
        vm.assertEq(jurors[0], verifierAt(0), "the one of no party");
    }

    /// @dev Whoever joins in the challenge's second or later might know the seed; whoever leaves then cannot escape.
    function test_drawJury_readsTheTableAtTheChallenge() public {
        for (uint256 i = 2; i < 5; ++i) {
            vm.prank(verifierAt(i));
            registry.retire();
        }
        pass(1);
        Request memory request = delivered(modelFor[0], WRONG);
        registerNode(makeAccount("same second, before"), Role.VERIFICATION, MIN_STAKE);
        challenge(CHALLENGER, request, resultOf(RIGHT));
        registerNode(makeAccount("same second, after"), Role.VERIFICATION, MIN_STAKE);
        pass(1);
        for (uint160 i = 0; i < 30; ++i) registerNode(address(0x8000 + i), Role.VERIFICATION, MIN_STAKE);
        vm.prank(verifierAt(0));
        registry.retire();

        bytes32 seed = keccak256(abi.encode(hashOfBlock(disputeOf(request).seedBlock), idOf(request)));
        address[] memory expected = registry.drawVerifiers(seed, 3, disputeOf(request).openedAt, new address[](0));
        address[] memory jurors = drawJury(request);
        vm.assertEq(jurors, expected, "by the table's size at the challenge");
        vm.assertEq(jurors.length, 2, "those of the second before");
        vm.assertEq(uint160(jurors[0]) + uint160(jurors[1]), 2 * 0x7000 + 1, "verifiers 0 and 1");
    }

    function test_drawJury_nobodyEligible() public {
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(verifierAt(i));
            registry.retire();
        }
        pass(1);
        Request memory request = disputed(modelFor[0], WRONG);
        vm.assertEq(drawJury(request).length, 0, "nobody drawn");
        expect(
            abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePending.selector, disputeOf(request).revealBy, time())
        );
        court.conclude(request, deliveredTo(request));
        concludeAtEnd(request);
        assertVerdict(request, Verdict.UNDECIDED, "no jury");
        vm.assertEq(market.bonds(), 0, "nothing stays with the court");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../contracts/DisputeCourt.sol";
import {CourtParameters, IDisputeCourt} from "../contracts/interfaces/IDisputeCourt.sol";
import {Dispute} from "../contracts/types/Dispute.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";
import {newDisputeCourt} from "./support/Deployer.sol";

/// @notice A jury of three votes, and its verdict.
contract DisputeCourtVotesTest is CourtFixture {
    Request private request;
    address[] private jurors;
    RequestId private id;

    function setUp() public override {
        super.setUp();
        registerVerifiers(5);
        request = disputed(modelFor[0], RIGHT);
        jurors = drawJury(request);
        id = market.requestId(request);
    }

    function stakeOf(address juror) private view returns (uint128) {
        return registry.nodeOf(juror).stake;
    }

    /* COMMIT */

    function test_commitVote() public {
        bytes32 hash = court.voteCommitment(jurors[0], id, RIGHT, UNITS, SALT);
        vm.expectEmit(address(court));
        emit IDisputeCourt.VoteCommitted(id, jurors[0]);
        vm.prank(jurors[0]);
        court.commitVote(id, hash);
        vm.assertEq(court.voteOf(id, jurors[0]).commitment, hash, "stored");

        expect(abi.encodeWithSelector(IDisputeCourt.VoteAlreadyCommitted.selector, id, jurors[0]));
        vm.prank(jurors[0]);
        court.commitVote(id, SALT);
    }

    function test_RevertWhen_commitVote_notDrawn() public {
        expect(abi.encodeWithSelector(IDisputeCourt.JurorNotDrawn.selector, id, STRANGER));
        vm.prank(STRANGER);
        court.commitVote(id, SALT);
        expect(abi.encodeWithSelector(IDisputeCourt.JurorNotDrawn.selector, id, STRANGER));
        vm.prank(STRANGER);
        court.revealVote(request, RIGHT, UNITS, SALT);
    }

    function test_RevertWhen_commitVote_beforeTheDraw() public {
        RequestId other = market.requestId(disputed(modelFor[0], WRONG));
        expect(abi.encodeWithSelector(IDisputeCourt.JuryNotDrawn.selector, other));
        vm.prank(jurors[0]);
        court.commitVote(other, SALT);
    }

    function test_voteCommitment_bindsEverything() public {
        bytes32[8] memory hashes;
        hashes[0] = court.voteCommitment(jurors[0], id, RIGHT, UNITS, SALT);
        hashes[1] = court.voteCommitment(jurors[1], id, RIGHT, UNITS, SALT);
        hashes[2] = court.voteCommitment(jurors[0], RequestId.wrap(keccak256("other")), RIGHT, UNITS, SALT);
        hashes[3] = court.voteCommitment(jurors[0], id, WRONG, UNITS, SALT);
        hashes[4] = court.voteCommitment(jurors[0], id, RIGHT, UNITS + 1, SALT);
        hashes[5] = court.voteCommitment(jurors[0], id, RIGHT, UNITS, keccak256("other"));
        DisputeCourt other = newDisputeCourt(address(market), courtParameters());
        hashes[6] = other.voteCommitment(jurors[0], id, RIGHT, UNITS, SALT);
        vm.chainId(84_532);
        hashes[7] = court.voteCommitment(jurors[0], id, RIGHT, UNITS, SALT);

        for (uint256 i = 0; i < hashes.length; ++i) {
            for (uint256 j = 0; j < i; ++j) vm.assertNotEq(hashes[i], hashes[j], "each field changes the commitment");
        }
    }

    /* REVEAL */

    function test_revealVote() public {
        commitVote(request, jurors[0], RIGHT);
        commitVote(request, jurors[1], WRONG);
        vm.warp(disputeOf(request).evidenceBy);

        vm.expectEmit(address(court));
        emit IDisputeCourt.VoteRevealed(id, jurors[0], true);
        revealVote(request, jurors[0], RIGHT);
        vm.expectEmit(address(court));
        emit IDisputeCourt.VoteRevealed(id, jurors[1], false);
        revealVote(request, jurors[1], WRONG);

        Dispute memory dispute = disputeOf(request);
        vm.assertEq(dispute.upheldVotes, 1, "votes for the node");
        vm.assertEq(dispute.rejectedVotes, 1, "votes against it");
        vm.assertTrue(court.voteOf(id, jurors[0]).upheld, "agrees with the node");
        vm.assertFalse(court.voteOf(id, jurors[1]).upheld, "does not");
    }

    function test_revealVote_judgesUnitsToo() public {
        bytes32 hash = court.voteCommitment(jurors[0], id, RIGHT, UNITS - 1, SALT);
        vm.prank(jurors[0]);
        court.commitVote(id, hash);
        vm.warp(disputeOf(request).evidenceBy);
        vm.prank(jurors[0]);
        court.revealVote(request, RIGHT, UNITS - 1, SALT);
        vm.assertEq(disputeOf(request).rejectedVotes, 1, "right output, wrong units");
    }

    /// @dev A juror that copies another's commitment cannot open it, even once it knows the vote and the salt.
    function test_RevertWhen_revealVote_copied() public {
        bytes32 hash = court.voteCommitment(jurors[0], id, RIGHT, UNITS, SALT);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(jurors[i]);
            court.commitVote(id, hash);
        }
        vm.warp(disputeOf(request).evidenceBy);
        vm.prank(jurors[0]);
        court.revealVote(request, RIGHT, UNITS, SALT);

        bytes32 own = court.voteCommitment(jurors[1], id, RIGHT, UNITS, SALT);
        expect(abi.encodeWithSelector(IDisputeCourt.VoteMismatch.selector, hash, own));
        vm.prank(jurors[1]);
        court.revealVote(request, RIGHT, UNITS, SALT);
    }

    function test_RevertWhen_revealVote_isAnother() public {
        commitVote(request, jurors[0], RIGHT);
        vm.warp(disputeOf(request).evidenceBy);
        bytes32 salt = saltOf(jurors[0]);
        expectMismatch();
        revealVote(request, jurors[0], WRONG);
        expectMismatch();
        vm.prank(jurors[0]);
        court.revealVote(request, RIGHT, UNITS + 1, salt);
        expectMismatch();
        vm.prank(jurors[0]);
        court.revealVote(request, RIGHT, UNITS, SALT);
    }

    function expectMismatch() private {
        vm.expectPartialRevert(IDisputeCourt.VoteMismatch.selector);
    }

    function test_RevertWhen_revealVote_uncommittedOrTwice() public {
        commitVote(request, jurors[0], RIGHT);
        vm.prank(jurors[1]);
        court.commitVote(id, 0);
        vm.warp(disputeOf(request).evidenceBy);
        for (uint256 i = 1; i < 3; ++i) {
            expect(abi.encodeWithSelector(IDisputeCourt.VoteUncommitted.selector, id, jurors[i]));
            revealVote(request, jurors[i], RIGHT);
        }

        revealVote(request, jurors[0], RIGHT);
        expect(abi.encodeWithSelector(IDisputeCourt.VoteAlreadyRevealed.selector, id, jurors[0]));
        revealVote(request, jurors[0], RIGHT);
        vm.assertEq(disputeOf(request).upheldVotes, 1, "counted once");
    }

    /* TIMERS */

    /// @dev Commit before `evidenceBy`; reveal from then and before `revealBy`; conclude from then. Never two of them.
    function testFuzz_phases(uint256 duration) public {
        checkPhase(1_799);
        checkPhase(1_800);
        checkPhase(1_801);
        checkPhase(2_999);
        checkPhase(3_000);
        checkPhase(3_001);
        checkPhase(duration % 9_000);
    }

    function checkPhase(uint256 duration) private {
        uint256 snapshot = vm.snapshotState();
        Dispute memory dispute = disputeOf(request);
        commitVote(request, jurors[0], RIGHT);
        bytes32 hash = court.voteCommitment(jurors[1], id, RIGHT, UNITS, SALT);
        vm.warp(dispute.openedAt + duration);
        bool committing = duration < 1_800;
        bool revealing = !committing && duration < 3_000;

        if (!committing) expectPassed(dispute.evidenceBy);
        vm.prank(jurors[1]);
        court.commitVote(id, hash);
        if (committing) expectPending(dispute.evidenceBy);
        if (!committing && !revealing) expectPassed(dispute.revealBy);
        revealVote(request, jurors[0], RIGHT);
        if (committing || revealing) expectPending(dispute.revealBy);
        court.conclude(request, deliveredTo(request));
        assertVerdict(request, committing || revealing ? Verdict.NONE : Verdict.UNDECIDED, "concluded at the end");
        vm.revertToState(snapshot);
    }

    function expectPassed(uint40 deadline) private {
        expect(abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePassed.selector, deadline, time()));
    }

    function expectPending(uint40 deadline) private {
        expect(abi.encodeWithSelector(IDisputeCourt.DisputeDeadlinePending.selector, deadline, time()));
    }

    function test_conclude_allRevealedEarly() public {
        castVotes(request, jurors, 2, 1);
        vm.assertLt(time(), disputeOf(request).revealBy, "before the end");
        court.conclude(request, deliveredTo(request));
        assertVerdict(request, Verdict.UPHELD, "nobody is left to vote");
    }

    /// @dev A majority is there, but the last juror may still reveal and must not be slashed.
    function test_RevertWhen_conclude_oneMayStillReveal() public {
        castVotes(request, jurors, 2, 0);
        expectPending(disputeOf(request).revealBy);
        court.conclude(request, deliveredTo(request));
    }

    function test_conclude_nobodyDrewTheJury() public {
        Request memory other = disputed(modelFor[0], RIGHT);
        concludeAtEnd(other);
        assertVerdict(other, Verdict.UNDECIDED, "no jury");
        assertState(other, State.REFUNDED, "refunded");
    }

    /* VERDICT */

    /// @dev Every way a jury of three can vote.
    function test_conclude_majorityOfTheWholeJury() public {
        for (uint256 right = 0; right <= 3; ++right) {
            for (uint256 wrong = 0; right + wrong <= 3; ++wrong) {
                uint256 snapshot = vm.snapshotState();
                castVotes(request, jurors, right, wrong);
                concludeAtEnd(request);

                Verdict expected =
                    right >= 2
                        ? Verdict.UPHELD
                        : wrong >= 2
                            ? Verdict.REJECTED
                            : Verdict.UNDECIDED;
                assertVerdict(request, expected, "more than half of the jury decides");
                for (uint256 i = 0; i < 3; ++i) {
                    uint128 stake = i < right + wrong ? MIN_STAKE : MIN_STAKE - 2_000;
                    vm.assertEq(stakeOf(jurors[i]), stake, "only the silent are slashed");
                }
                vm.assertEq(market.bonds(), 0, "nothing stays with the court");
                vm.revertToState(snapshot);
            }
        }
    }

    function test_conclude_tie() public {
        castVotes(request, jurors, 1, 1);
        uint128 client = market.balanceOf(CLIENT);
        uint128 challenger = market.balanceOf(CHALLENGER);
        vm.expectEmit(address(court));
        emit IDisputeCourt.JurorSlashed(id, jurors[2], 2_000);
        concludeAtEnd(request);
        assertState(request, State.REFUNDED, "refunded");
        assertStake(modelFor[0], PLENTY / 10, 0, "the node keeps its bond");
        vm.assertEq(market.balanceOf(CLIENT), client + MAX_FEE, "the client is whole");
        vm.assertEq(market.balanceOf(CHALLENGER), challenger + CHALLENGE_BOND, "the challenger is whole");
    }

    function test_conclude_committedButNotRevealed() public {
        for (uint256 i = 0; i < 3; ++i) commitVote(request, jurors[i], RIGHT);
        concludeAtEnd(request);
        assertVerdict(request, Verdict.UNDECIDED, "nobody revealed");
        for (uint256 i = 0; i < 3; ++i) vm.assertEq(stakeOf(jurors[i]), MIN_STAKE - 2_000, "silent");
    }

    /// @dev Neither leaving nor having little stake left saves a silent juror, nor does it block the verdict.
    function test_conclude_silentJurorsThatLeave() public {
        vm.prank(jurors[0]);
        registry.retire();
        vm.prank(address(market));
        registry.slashStake(jurors[1], MIN_STAKE - 1_500, 0);
        vm.prank(address(market));
        registry.slashStake(jurors[2], MIN_STAKE, 0);
        concludeAtEnd(request);

        vm.assertEq(registry.nodeOf(jurors[0]).unbonding, MIN_STAKE - 2_000, "out of what is leaving");
        vm.assertEq(stakeOf(jurors[1]), 0, "what was there");
        vm.assertEq(stakeOf(jurors[2]), 0, "nothing was there");
        assertVerdict(request, Verdict.UNDECIDED, "no votes");
    }

    /// @dev With two jurors of three both must agree; with one nothing can be decided.
    function test_conclude_shortJury() public {
        for (uint256 seated = 1; seated <= 2; ++seated) {
            deploy(courtParameters());
            registerVerifiers(seated);
            Request memory other = disputed(modelFor[0], RIGHT);
            address[] memory few = drawJury(other);
            vm.assertEq(few.length, seated, "all there are");
            castVotes(other, few, seated, 0);
            court.conclude(other, deliveredTo(other));
            assertVerdict(other, seated == 2 ? Verdict.UPHELD : Verdict.UNDECIDED, "two of three");
        }
    }

    /// @dev I20: the largest jury stays far below the 16.7 M gas that one transaction may use.
    function test_conclude_largestJury() public {
        CourtParameters memory parameters = courtParameters();
        parameters.jurySize = 31;
        deploy(parameters);
        registerVerifiers(60);
        Request memory other = disputed(modelFor[0], RIGHT);
        mineSeed(other);
        uint256 before = gasleft();
        court.drawJury(other);
        vm.assertLt(before - gasleft(), 6_000_000, "gas of the draw");
        address[] memory many = court.jurorsOf(market.requestId(other));
        vm.assertEq(many.length, 31, "drawn");

        castVotes(other, many, 0, 16);
        vm.warp(disputeOf(other).revealBy);
        before = gasleft();
        court.conclude(other, deliveredTo(other));
        vm.assertLt(before - gasleft(), 3_000_000, "gas of the verdict");
        assertVerdict(other, Verdict.REJECTED, "16 of 31");
    }
}

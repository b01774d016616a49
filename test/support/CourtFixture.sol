// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dispute} from "../../contracts/types/Dispute.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {Verdict} from "../../contracts/types/State.sol";
import {Fixture} from "./Fixture.sol";
import {vm} from "./Vm.sol";

/// @notice Challenges, juries and verdicts in one line each.
abstract contract CourtFixture is Fixture {
    bytes32 internal constant SALT = keccak256("salt");

    /* CHALLENGE */

    function commitment(
        address challenger,
        Request memory request,
        Result memory claim
    ) internal view returns (bytes32) {
        return court.challengeCommitment(challenger, market.requestId(request), claim, SALT);
    }

    /// @dev Commits, and lets a block pass.
    function commitChallenge(address challenger, Request memory request, Result memory claim) internal {
        bytes32 hash = commitment(challenger, request, claim);
        vm.prank(challenger);
        court.commitChallenge(hash);
        mine(1);
    }

    function openChallenge(address challenger, Request memory request, Result memory claim) internal {
        vm.prank(challenger);
        court.challenge(request, deliveredTo(request), claim, SALT);
    }

    function challenge(address challenger, Request memory request, Result memory claim) internal {
        commitChallenge(challenger, request, claim);
        openChallenge(challenger, request, claim);
    }

    /// @dev A request that NODE answered with `answer`, challenged by CHALLENGER.
    function disputed(bytes32 modelId, bytes32 answer) internal returns (Request memory request) {
        request = delivered(modelId, answer);
        challenge(CHALLENGER, request, resultOf(answer == RIGHT ? WRONG : RIGHT));
    }

    /// @dev Brings evidence of the arbiter's kind that RIGHT is the answer.
    function prove(Request memory request) internal {
        Result memory proved = resultOf(RIGHT);
        Evidence kind = disputeOf(request).arbiter;
        bytes memory evidence = evidenceFor(kind, request, proved);
        vm.prank(STRANGER);
        court.decide(request, deliveredTo(request), proved, evidence);
    }

    function disputeOf(Request memory request) internal view returns (Dispute memory) {
        return court.disputeOf(market.requestId(request));
    }

    function assertVerdict(Request memory request, Verdict expected, string memory label) internal view {
        vm.assertEq(uint256(disputeOf(request).verdict), uint256(expected), label);
    }

    /* JURY */

    function verifierAt(uint256 index) internal pure returns (address) {
        return address(uint160(0x7000 + index));
    }

    /// @dev Registers verification nodes, early enough to be drawn now.
    function registerVerifiers(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) registerNode(verifierAt(i), Role.VERIFICATION, MIN_STAKE);
        pass(1);
    }

    function drawJury(Request memory request) internal returns (address[] memory) {
        mineSeed(request);
        court.drawJury(request);
        return court.jurorsOf(market.requestId(request));
    }

    /// @dev Mines until the seed block is behind, with hashes that differ.
    function mineSeed(Request memory request) internal {
        uint256 seedBlock = disputeOf(request).seedBlock;
        if (vm.getBlockNumber() <= seedBlock) vm.roll(seedBlock + 1);
        vm.setBlockhash(seedBlock, hashOfBlock(seedBlock));
    }

    function hashOfBlock(uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("hash of block", number));
    }

    function saltOf(address juror) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", juror));
    }

    function commitVote(Request memory request, address juror, bytes32 vote) internal {
        RequestId id = market.requestId(request);
        bytes32 hash = court.voteCommitment(juror, id, vote, UNITS, saltOf(juror));
        vm.prank(juror);
        court.commitVote(id, hash);
    }

    function revealVote(Request memory request, address juror, bytes32 vote) internal {
        vm.prank(juror);
        court.revealVote(request, vote, UNITS, saltOf(juror));
    }

    /// @dev A drawn jury votes: the first `right` jurors for RIGHT, the next `wrong` for WRONG, the rest keep silent.
    function castVotes(Request memory request, address[] memory jurors, uint256 right, uint256 wrong) internal {
        for (uint256 i = 0; i < right + wrong; ++i) commitVote(request, jurors[i], i < right ? RIGHT : WRONG);
        vm.warp(disputeOf(request).evidenceBy);
        for (uint256 i = 0; i < right + wrong; ++i) revealVote(request, jurors[i], i < right ? RIGHT : WRONG);
    }

    /// @dev Ends the dispute at the last of its timers.
    function concludeAtEnd(Request memory request) internal {
        Dispute memory dispute = disputeOf(request);
        uint40 end = dispute.arbiter == Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
        if (time() < end) vm.warp(end);
        court.conclude(request, deliveredTo(request));
    }
}

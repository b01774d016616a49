// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Dispute, Vote} from "../types/Dispute.sol";
import {Evidence} from "../types/Evidence.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {Result} from "../types/Result.sol";
import {Verdict} from "../types/State.sol";

/// @notice What a court is deployed with; nobody can change it.
struct CourtParameters {
    uint128 challengeBond; // token units
    uint128 jurorPenalty; // token units a silent juror loses
    uint40 proveWindow; // seconds for deciding evidence
    uint40 commitWindow; // seconds for the jury's commitments
    uint40 revealWindow; // seconds for the jury's reveals
    uint16 jurySize; // odd
    uint16 burnBps; // share of the loser's money that is burned, 1/10,000; at least half
    uint8 seedDelay; // blocks between challenge and the block whose hash draws the jury, 1 to 200
}

/// @title Challenges of delivered results, and their verdicts
/// @notice A challenge names the output and units it claims are right, is committed first and opened in a later block, and
/// posts a bond. One round decides: a proof if the model has a circuit, else an enclave's signature if it has
/// measurements, else a jury's commit-reveal. The verdict judges the node's claim alone.
/// @dev Default losers: without deciding evidence by its deadline the node loses, because it holds the input, unless such
/// evidence has become impossible; a jury without a majority decides nothing. Undecided, the client is refunded and the
/// bond returned. Silent jurors pay.
/// Assumptions:
/// - The court is appointed by market and node registry.
/// - `seedDelay` blocks are mined well within the commit window, so that jurors have the rest of it to compute.
interface IDisputeCourt {
    event ChallengeCommitted(address indexed challenger, bytes32 indexed commitment);
    event ChallengeOpened(
        RequestId indexed id,
        address indexed challenger,
        Evidence indexed arbiter,
        Result claim,
        uint40 evidenceBy
    );
    event JuryDrawn(RequestId indexed id, address[] jurors);
    event VoteCommitted(RequestId indexed id, address indexed juror);
    event VoteRevealed(RequestId indexed id, address indexed juror, bool upheld);
    event JurorSlashed(RequestId indexed id, address indexed juror, uint128 amount);
    event ChallengeResolved(RequestId indexed id, address indexed challenger, Verdict verdict, uint128 reward);

    error CourtParametersInvalid();
    error ChallengeUncommitted(bytes32 commitment);
    error ChallengeCommitmentExists(bytes32 commitment);
    error ChallengeClaimEqual(RequestId id);
    error ChallengeBySelf(address node);
    error DisputeUnknown(RequestId id);
    error DisputeDecided(RequestId id, Verdict verdict);
    error ArbiterMismatch(RequestId id, Evidence arbiter);
    error DecidingEvidenceInvalid(RequestId id, Evidence kind);
    error DisputeDeadlinePassed(uint40 deadline, uint256 time);
    error DisputeDeadlinePending(uint40 deadline, uint256 time);
    error JuryAlreadyDrawn(RequestId id);
    error JuryNotDrawn(RequestId id);
    error JurySeedPending(uint40 seedBlock);
    error JurySeedUnreachable(uint40 seedBlock);
    error JurorNotDrawn(RequestId id, address juror);
    error VoteAlreadyCommitted(RequestId id, address juror);
    error VoteUncommitted(RequestId id, address juror);
    error VoteAlreadyRevealed(RequestId id, address juror);
    error VoteMismatch(bytes32 commitment, bytes32 expected);

    /* CHALLENGE */

    /// @notice Commits to a challenge, so that nobody copies it from the mempool.
    /// @param commitment `challengeCommitment` of the caller's challenge.
    function commitChallenge(bytes32 commitment) external;

    /// @notice Opens a challenge committed in an earlier block; takes the bond from the caller's market balance.
    /// @param result What was delivered.
    /// @param claim The output commitment and units the challenger says are right; `claim.node` is the challenged node.
    function challenge(Request calldata request, Result calldata result, Result calldata claim, bytes32 salt) external;

    /* DECIDE */

    /// @notice Brings evidence of the arbiter's kind for some result of the request: if its output and units are the node's,
    /// the claim is upheld, else rejected. A model with fixed units, as each with a circuit has, allows no others.
    /// @param result What was delivered.
    /// @param proved What the evidence proves; `proved.node` is whom the evidence names.
    function decide(
        Request calldata request,
        Result calldata result,
        Result calldata proved,
        bytes calldata evidence
    ) external;

    /// @notice Draws the jury once the seed block is mined. A seed that is out of reach leaves the dispute undecided.
    /// @dev Warning: may draw fewer than `jurySize`, even nobody; the majority needed stays the same.
    function drawJury(Request calldata request) external;

    /// @notice A drawn juror commits to what it computed, once.
    /// @param commitment `voteCommitment` of the caller's vote.
    function commitVote(RequestId id, bytes32 commitment) external;

    /// @notice Opens the caller's vote: what it computed from the input. Only once nobody can commit any more.
    function revealVote(Request calldata request, bytes32 outputCommitment, uint40 units, bytes32 salt) external;

    /// @notice Ends a dispute whose timers have run out, by its default or by the jury's majority; the latter also as soon as
    /// every drawn juror has revealed.
    function conclude(Request calldata request, Result calldata result) external;

    /* VIEWS */

    function challengeCommitment(
        address challenger,
        RequestId id,
        Result calldata claim,
        bytes32 salt
    ) external view returns (bytes32);

    function voteCommitment(
        address juror,
        RequestId id,
        bytes32 outputCommitment,
        uint40 units,
        bytes32 salt
    ) external view returns (bytes32);

    function disputeOf(RequestId id) external view returns (Dispute memory);

    function jurorsOf(RequestId id) external view returns (address[] memory);

    function voteOf(RequestId id, address juror) external view returns (Vote memory);

    function parameters() external view returns (CourtParameters memory);

    /// @notice Seconds a dispute takes at most.
    function longestDispute() external view returns (uint40);

    function market() external view returns (address);
}

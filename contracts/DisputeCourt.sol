// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {CourtParameters, IDisputeCourt} from "./interfaces/IDisputeCourt.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Availability} from "./libraries/Availability.sol";
import {FeeSplit} from "./libraries/FeeSplit.sol";
import {Dispute, Vote} from "./types/Dispute.sol";
import {Evidence, EvidenceSet} from "./types/Evidence.sol";
import {Request} from "./types/Request.sol";
import {RequestId} from "./types/RequestId.sol";
import {Result, Statement, subjectOf} from "./types/Result.sol";
import {Verdict} from "./types/State.sol";

/// @title Challenges of delivered results, and their verdicts
/// @notice See `IDisputeCourt`. The court holds no money: bonds live in the market's ledger.
contract DisputeCourt is IDisputeCourt, ReentrancyGuardTransient {
    uint16 private constant MAX_JURY = 31;
    uint8 private constant MAX_SEED_DELAY = 200;
    /// @dev As much as a rescue burns: else losing a bond to oneself would be the cheaper way out of a request.
    uint16 private constant MIN_BURN_BPS = 5_000;

    IInferenceMarket private immutable MARKET;
    INodeRegistry private immutable NODES;
    IModelRegistry private immutable MODELS;
    uint96 private immutable CHALLENGE_BOND;
    uint128 private immutable JUROR_PENALTY;
    uint40 private immutable PROVE_WINDOW;
    uint40 private immutable COMMIT_WINDOW;
    uint40 private immutable REVEAL_WINDOW;
    uint16 private immutable JURY_SIZE;
    uint16 private immutable KEPT_BPS;
    uint8 private immutable SEED_DELAY;

    mapping(bytes32 commitment => uint256 blockNumber) private _commitments;
    mapping(RequestId id => Dispute) private _disputes;
    mapping(RequestId id => address[]) private _jurors;
    mapping(RequestId id => mapping(address juror => Vote)) private _votes;

    constructor(address market_, CourtParameters memory p) {
        MARKET = IInferenceMarket(market_);
        uint256 juryTime = uint256(p.commitWindow) + p.revealWindow;
        uint256 disputeWindow = MARKET.parameters().disputeWindow;
        if (
            p.proveWindow == 0 ||
            p.commitWindow == 0 ||
            p.revealWindow == 0 ||
            p.proveWindow > disputeWindow ||
            juryTime > disputeWindow ||
            p.jurySize % 2 == 0 ||
            p.jurySize > MAX_JURY ||
            p.burnBps < MIN_BURN_BPS ||
            p.burnBps > FeeSplit.BPS ||
            p.seedDelay == 0 ||
            p.seedDelay > MAX_SEED_DELAY ||
            p.challengeBond == 0 ||
            p.challengeBond > type(uint96).max
        ) revert CourtParametersInvalid();

        NODES = INodeRegistry(MARKET.nodeRegistry());
        MODELS = IModelRegistry(MARKET.modelRegistry());
        // The casts are exact: checked above.
        CHALLENGE_BOND = uint96(p.challengeBond);
        KEPT_BPS = uint16(FeeSplit.BPS - p.burnBps);
        JUROR_PENALTY = p.jurorPenalty;
        PROVE_WINDOW = p.proveWindow;
        COMMIT_WINDOW = p.commitWindow;
        REVEAL_WINDOW = p.revealWindow;
        JURY_SIZE = p.jurySize;
        SEED_DELAY = p.seedDelay;
    }

    /* CHALLENGE */

    /// @inheritdoc IDisputeCourt
    function commitChallenge(bytes32 commitment) external {
        if (_commitments[commitment] != 0) revert ChallengeCommitmentExists(commitment);

        _commitments[commitment] = block.number;
        emit ChallengeCommitted(msg.sender, commitment);
    }

    /// @inheritdoc IDisputeCourt
    function challenge(
        Request calldata request,
        Result calldata result,
        Result calldata claim,
        bytes32 salt
    ) external nonReentrant {
        RequestId id = MARKET.requestId(request);
        // Check: committed in an earlier block, so that it was not copied from the mempool.
        bytes32 commitment = challengeCommitment(msg.sender, id, claim, salt);
        uint256 committedAt = _commitments[commitment];
        if (committedAt == 0 || committedAt == block.number) revert ChallengeUncommitted(commitment);
        // Check: another answer of the challenged node, claimed by somebody else.
        if (claim.node != result.node) revert IInferenceMarket.NodeMismatch(claim.node, result.node);
        if (msg.sender == result.node) revert ChallengeBySelf(result.node);
        if (subjectOf(claim) == subjectOf(result)) revert ChallengeClaimEqual(id);

        // Effect:
        delete _commitments[commitment];
        Evidence arbiter = _arbiterOf(request.modelId);
        uint40 evidenceBy = _open(id, arbiter, claim);
        emit ChallengeOpened(id, msg.sender, arbiter, claim, evidenceBy);

        // Interaction: the market checks result, state and window, which also keeps a dispute from being overwritten.
        MARKET.takeBond(msg.sender, CHALLENGE_BOND);
        MARKET.openDispute(request, result);
    }

    function _open(RequestId id, Evidence arbiter, Result calldata claim) private returns (uint40 evidenceBy) {
        Dispute storage dispute = _disputes[id];
        uint40 openedAt = _time();
        evidenceBy = openedAt + PROVE_WINDOW;
        if (arbiter == Evidence.VANILLA) {
            evidenceBy = openedAt + COMMIT_WINDOW;
            dispute.revealBy = evidenceBy + REVEAL_WINDOW;
            // The cast is exact: no chain has 2^40 blocks.
            dispute.seedBlock = uint40(block.number) + SEED_DELAY;
        }
        dispute.challenger = msg.sender;
        dispute.arbiter = arbiter;
        dispute.openedAt = openedAt;
        dispute.evidenceBy = evidenceBy;
        dispute.bond = CHALLENGE_BOND;
        dispute.outputCommitment = claim.outputCommitment;
        dispute.node = claim.node;
        dispute.units = claim.units;
    }

    function _arbiterOf(bytes32 modelId) private view returns (Evidence) {
        EvidenceSet paths = MODELS.termsOf(modelId).paths;
        if (paths.has(Evidence.ZKML)) return Evidence.ZKML;
        return paths.has(Evidence.TEE) ? Evidence.TEE : Evidence.VANILLA;
    }

    /* DECIDE */

    /// @inheritdoc IDisputeCourt
    function decide(
        Request calldata request,
        Result calldata result,
        Result calldata proved,
        bytes calldata evidence
    ) external nonReentrant {
        RequestId id = MARKET.requestId(request);
        Dispute storage dispute = _undecided(id);
        Evidence arbiter = dispute.arbiter;
        // Check: in time, of the arbiter's kind, with units the model allows: a proof is bound to any that its maker wrote.
        if (arbiter == Evidence.VANILLA) revert ArbiterMismatch(id, arbiter);
        _requireBefore(dispute.evidenceBy);
        uint40 fixedUnits = MODELS.termsOf(request.modelId).unitsPerInference;
        if (fixedUnits != 0 && proved.units != fixedUnits) {
            revert IInferenceMarket.UnitsMismatch(proved.units, fixedUnits);
        }
        _verify(request, id, proved, arbiter, evidence);

        bool upheld = proved.outputCommitment == result.outputCommitment && proved.units == result.units;
        _resolve(request, id, result, dispute, upheld ? Verdict.UPHELD : Verdict.REJECTED);
    }

    function _verify(
        Request calldata request,
        RequestId id,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence
    ) private view {
        Statement memory statement = Statement(
            id,
            MARKET.resultDigest(id, result),
            request.modelId,
            request.inputCommitment,
            result
        );
        if (!IEvidenceVerifier(MARKET.verifierOf(kind)).verify(statement, evidence)) {
            revert DecidingEvidenceInvalid(id, kind);
        }
    }

    /// @inheritdoc IDisputeCourt
    function drawJury(Request calldata request) external {
        RequestId id = MARKET.requestId(request);
        Dispute storage dispute = _undecided(id);
        // Check: a jury decides, is not yet drawn, and there is time and a seed for it.
        if (dispute.arbiter != Evidence.VANILLA) revert ArbiterMismatch(id, dispute.arbiter);
        if (_jurors[id].length != 0) revert JuryAlreadyDrawn(id);
        _requireBefore(dispute.evidenceBy);
        uint40 seedBlock = dispute.seedBlock;
        if (block.number <= seedBlock) revert JurySeedPending(seedBlock);
        bytes32 seed = Blockhash.blockHash(seedBlock);
        if (seed == 0) revert JurySeedUnreachable(seedBlock);

        address[] memory excluded = new address[](3);
        excluded[0] = NODES.operatorOf(dispute.node);
        excluded[1] = NODES.operatorOf(dispute.challenger);
        excluded[2] = dispute.challenger;
        address[] memory jurors = NODES.drawVerifiers(
            keccak256(abi.encode(seed, id)),
            JURY_SIZE,
            dispute.openedAt,
            excluded
        );

        _jurors[id] = jurors;
        for (uint256 i = 0; i < jurors.length; ++i) _votes[id][jurors[i]].drawn = true;
        emit JuryDrawn(id, jurors);
    }

    /// @inheritdoc IDisputeCourt
    function commitVote(RequestId id, bytes32 commitment) external {
        Dispute storage dispute = _undecided(id);
        Vote storage vote = _drawnVote(id);
        _requireBefore(dispute.evidenceBy);
        if (vote.commitment != 0) revert VoteAlreadyCommitted(id, msg.sender);

        vote.commitment = commitment;
        emit VoteCommitted(id, msg.sender);
    }

    /// @inheritdoc IDisputeCourt
    function revealVote(Request calldata request, bytes32 outputCommitment, uint40 units, bytes32 salt) external {
        RequestId id = MARKET.requestId(request);
        Dispute storage dispute = _undecided(id);
        Vote storage vote = _drawnVote(id);
        // Check: after everybody's commitments, in time, once, and what was committed to.
        _requireFrom(dispute.evidenceBy);
        _requireBefore(dispute.revealBy);
        if (vote.commitment == 0) revert VoteUncommitted(id, msg.sender);
        if (vote.revealed) revert VoteAlreadyRevealed(id, msg.sender);
        bytes32 revealed = voteCommitment(msg.sender, id, outputCommitment, units, salt);
        if (revealed != vote.commitment) revert VoteMismatch(vote.commitment, revealed);

        bool upheld = subjectOf(Result(outputCommitment, units, dispute.node)) == MARKET.recordOf(id).subject;
        vote.revealed = true;
        vote.upheld = upheld;
        if (upheld) ++dispute.upheldVotes;
        else ++dispute.rejectedVotes;
        emit VoteRevealed(id, msg.sender, upheld);
    }

    function _drawnVote(RequestId id) private view returns (Vote storage vote) {
        if (_jurors[id].length == 0) revert JuryNotDrawn(id);
        vote = _votes[id][msg.sender];
        if (!vote.drawn) revert JurorNotDrawn(id, msg.sender);
    }

    /// @inheritdoc IDisputeCourt
    function conclude(Request calldata request, Result calldata result) external nonReentrant {
        RequestId id = MARKET.requestId(request);
        Dispute storage dispute = _undecided(id);

        Verdict verdict;
        if (dispute.arbiter == Evidence.VANILLA) verdict = _juryVerdict(id, dispute);
        else verdict = _defaultVerdict(request, dispute);
        _resolve(request, id, result, dispute, verdict);
    }

    function _juryVerdict(RequestId id, Dispute storage dispute) private view returns (Verdict) {
        uint256 votes = uint256(dispute.upheldVotes) + dispute.rejectedVotes;
        bool complete = votes != 0 && votes == _jurors[id].length;
        if (!complete) _requireFrom(dispute.revealBy);

        if (dispute.upheldVotes > JURY_SIZE / 2) return Verdict.UPHELD;
        if (dispute.rejectedVotes > JURY_SIZE / 2) return Verdict.REJECTED;
        return Verdict.UNDECIDED;
    }

    /// @dev The node can always prove, unless nobody can any more: then it is not to blame.
    function _defaultVerdict(Request calldata request, Dispute storage dispute) private view returns (Verdict) {
        _requireFrom(dispute.evidenceBy);
        address verifier = MARKET.verifierOf(dispute.arbiter);
        return Availability.isAvailable(verifier, request.modelId) ? Verdict.REJECTED : Verdict.UNDECIDED;
    }

    /* SETTLE */

    /// @dev Carries the verdict out. All of the dispute's bond and of what was recovered leaves the court's bonds.
    function _resolve(
        Request calldata request,
        RequestId id,
        Result calldata result,
        Dispute storage dispute,
        Verdict verdict
    ) private {
        // Effect: before the market is called, because it may call a consumer.
        dispute.verdict = verdict;

        // Interaction: the market checks the result.
        uint128 recovered = MARKET.resolveDispute(request, result, verdict, KEPT_BPS);
        uint128 bond = dispute.bond;
        uint128 reward;
        if (verdict == Verdict.UPHELD) {
            uint128 kept = FeeSplit.shareDown(bond, KEPT_BPS);
            uint128 compensation = kept - _settleJury(id, dispute, kept);
            MARKET.burnBond(bond - kept);
            MARKET.releaseBond(NODES.payoutOf(result.node), compensation);
        } else {
            reward = recovered - _settleJury(id, dispute, recovered);
            MARKET.releaseBond(dispute.challenger, bond + reward);
        }
        emit ChallengeResolved(id, dispute.challenger, verdict, reward);
    }

    /// @dev Slashes silent jurors and shares half of `spoils` equally among those who voted as the verdict.
    /// @return paid What they got; never more than half, and nothing without a jury or a majority.
    function _settleJury(RequestId id, Dispute storage dispute, uint128 spoils) private returns (uint128 paid) {
        bool upheld = dispute.verdict == Verdict.UPHELD;
        uint16 majority = upheld ? dispute.upheldVotes : dispute.rejectedVotes;
        uint128 share = majority == 0 ? 0 : spoils / 2 / majority;
        address[] storage jurors = _jurors[id];
        for (uint256 i = 0; i < jurors.length; ++i) {
            address juror = jurors[i];
            Vote storage vote = _votes[id][juror];
            if (!vote.revealed) {
                emit JurorSlashed(id, juror, NODES.slashStake(juror, JUROR_PENALTY, 0));
            } else if (share != 0 && vote.upheld == upheld) {
                paid += share;
                MARKET.releaseBond(NODES.payoutOf(juror), share);
            }
        }
    }

    /* VIEWS */

    /// @inheritdoc IDisputeCourt
    function challengeCommitment(
        address challenger,
        RequestId id,
        Result calldata claim,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), challenger, id, claim, salt));
    }

    /// @inheritdoc IDisputeCourt
    function voteCommitment(
        address juror,
        RequestId id,
        bytes32 outputCommitment,
        uint40 units,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), juror, id, outputCommitment, units, salt));
    }

    /// @inheritdoc IDisputeCourt
    function disputeOf(RequestId id) external view returns (Dispute memory) {
        return _disputes[id];
    }

    /// @inheritdoc IDisputeCourt
    function jurorsOf(RequestId id) external view returns (address[] memory) {
        return _jurors[id];
    }

    /// @inheritdoc IDisputeCourt
    function voteOf(RequestId id, address juror) external view returns (Vote memory) {
        return _votes[id][juror];
    }

    /// @inheritdoc IDisputeCourt
    function parameters() external view returns (CourtParameters memory) {
        return
            CourtParameters({
                challengeBond: CHALLENGE_BOND,
                jurorPenalty: JUROR_PENALTY,
                proveWindow: PROVE_WINDOW,
                commitWindow: COMMIT_WINDOW,
                revealWindow: REVEAL_WINDOW,
                jurySize: JURY_SIZE,
                // The cast is exact: the kept share is at most 10,000.
                burnBps: uint16(FeeSplit.BPS - KEPT_BPS),
                seedDelay: SEED_DELAY
            });
    }

    /// @inheritdoc IDisputeCourt
    function longestDispute() external view returns (uint40) {
        uint40 juryTime = COMMIT_WINDOW + REVEAL_WINDOW;
        return juryTime > PROVE_WINDOW ? juryTime : PROVE_WINDOW;
    }

    /// @inheritdoc IDisputeCourt
    function market() external view returns (address) {
        return address(MARKET);
    }

    /* CHECKS */

    function _undecided(RequestId id) private view returns (Dispute storage dispute) {
        dispute = _disputes[id];
        if (dispute.openedAt == 0) revert DisputeUnknown(id);
        if (dispute.verdict != Verdict.NONE) revert DisputeDecided(id, dispute.verdict);
    }

    function _requireBefore(uint40 deadline) private view {
        if (block.timestamp >= deadline) revert DisputeDeadlinePassed(deadline, block.timestamp);
    }

    function _requireFrom(uint40 deadline) private view {
        if (block.timestamp < deadline) revert DisputeDeadlinePending(deadline, block.timestamp);
    }

    function _time() private view returns (uint40) {
        // The cast is exact until the year 36,812.
        return uint40(block.timestamp);
    }
}

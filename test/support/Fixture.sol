// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../../contracts/DisputeCourt.sol";
import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {NodeRegistry} from "../../contracts/NodeRegistry.sol";
import {CourtParameters} from "../../contracts/interfaces/IDisputeCourt.sol";
import {MarketParameters} from "../../contracts/interfaces/IInferenceMarket.sol";
import {TestEvidence} from "../../contracts/mocks/TestEvidence.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {vm} from "./Vm.sol";
import {newDisputeCourt, newInferenceMarket, newModelRegistry, newNodeRegistry} from "./Deployer.sol";

/// @notice The whole system, wired as it is deployed, with one model per path, one node that serves them all, and a client
/// with money. Evidence is `TestEvidence`: anybody can write it, for exactly one result.
abstract contract Fixture {
    uint40 internal constant START = 1_000_000;
    uint40 internal constant CHALLENGE_WINDOW = 600;
    uint40 internal constant DISPUTE_WINDOW = 7_200;
    uint40 internal constant LONGEST_ORDER = 3_600;
    uint40 internal constant UNBONDING_PERIOD = 7 days;
    uint32 internal constant TEE_WINDOW = 300;
    uint128 internal constant MIN_STAKE = 10_000;
    uint88 internal constant MODEL_BOND = 1_003;
    uint128 internal constant CHALLENGE_BOND = 507;
    uint128 internal constant MAX_FEE = 1_000;
    uint128 internal constant UNIT_PRICE = 10;
    uint40 internal constant UNITS = 40;
    uint128 internal constant PLENTY = 1e12;
    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant WRONG = keccak256("wrong");

    address internal immutable CLIENT = makeAccount("client");
    address internal immutable NODE = makeAccount("node");
    address internal immutable PUBLISHER = makeAccount("publisher");
    address internal immutable CHALLENGER = makeAccount("challenger");
    address internal immutable STRANGER = makeAccount("stranger");

    TestToken internal token;
    NodeRegistry internal registry;
    ModelRegistry internal models;
    TestEvidence internal zkml;
    TestEvidence internal tee;
    InferenceMarket internal market;
    DisputeCourt internal court;

    /// @dev A model for each path, by the path's number; metered where no proof is, final at once when signed by an enclave.
    bytes32[3] internal modelFor;
    uint64 private _nonce;
    mapping(bytes32 requestHash => Result) private _delivered;

    function setUp() public virtual {
        vm.warp(START);
        deploy(courtParameters());
    }

    /* DEPLOY */

    function deploy(CourtParameters memory parameters) internal {
        token = new TestToken();
        zkml = new TestEvidence(Evidence.ZKML);
        tee = new TestEvidence(Evidence.TEE);
        registry = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        models = newModelRegistry(address(zkml));
        market = newInferenceMarket(
            address(token),
            address(registry),
            address(models),
            address(zkml),
            address(tee),
            marketParameters()
        );
        court = newDisputeCourt(address(market), parameters);
        address[] memory appointed = new address[](2);
        (appointed[0], appointed[1]) = (address(market), address(court));
        registry.appoint(appointed);
        market.appointCourt(address(court));

        registerNode(NODE, Role.INFERENCE, PLENTY);
        for (uint8 path = 0; path < 3; ++path) {
            modelFor[path] = registerModel(modelOf(setOf(Evidence.VANILLA).plus(Evidence(path))));
            serve(NODE, modelFor[path], PLENTY / 10);
        }
        fund(CLIENT, PLENTY);
        fund(CHALLENGER, PLENTY);
    }

    function marketParameters() internal pure virtual returns (MarketParameters memory) {
        return
            MarketParameters({
                challengeWindow: CHALLENGE_WINDOW,
                disputeWindow: DISPUTE_WINDOW,
                longestOrder: LONGEST_ORDER,
                maxCallbackGas: 500_000,
                verificationBps: 500,
                dataBps: 300
            });
    }

    function courtParameters() internal pure virtual returns (CourtParameters memory) {
        return
            CourtParameters({
                challengeBond: CHALLENGE_BOND,
                jurorPenalty: 2_000,
                proveWindow: 1_800,
                commitWindow: 1_800,
                revealWindow: 1_200,
                jurySize: 3,
                burnBps: 6_000,
                seedDelay: 4
            });
    }

    /* ACCOUNTS AND NODES */

    function makeAccount(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    /// @dev Where the earnings of a node of this fixture go.
    function payoutFor(address node) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("payout", node)))));
    }

    /// @dev Puts `amount` into the account's balance at the market.
    function fund(address account, uint128 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(market), amount);
        market.deposit(account, amount);
    }

    /// @dev Registers a node that is its own operator.
    function registerNode(address node, Role role, uint128 stake) internal {
        registerNode(node, role, stake, node);
    }

    function registerNode(address node, Role role, uint128 stake, address operator) internal {
        token.mint(node, stake);
        if (operator != node) {
            vm.prank(operator);
            registry.approveNode(node, true);
        }
        vm.startPrank(node);
        token.approve(address(registry), stake);
        registry.register(role, operator, payoutFor(node), stake, "");
        vm.stopPrank();
    }

    /// @dev Opts the node in with `amount` of its free stake.
    function serve(address node, bytes32 modelId, uint128 amount) internal {
        vm.prank(node);
        registry.optIn(modelId, amount);
    }

    /* MODELS */

    function setOf(Evidence kind) internal pure returns (EvidenceSet) {
        return NO_EVIDENCE.plus(kind);
    }

    /// @dev A model with these paths; change what a test is about, then register it.
    function modelOf(EvidenceSet paths) internal view returns (Model memory) {
        return
            Model({
                publisher: PUBLISHER,
                paths: paths,
                unitsPerInference: paths.has(Evidence.ZKML) ? UNITS : 0,
                teeWindow: 0,
                bond: MODEL_BOND,
                valueCap: type(uint88).max,
                weightsCommitment: keccak256("weights"),
                verifyingKeyId: paths.has(Evidence.ZKML) ? keccak256("key") : bytes32(0),
                previousVersion: 0,
                uri: ""
            });
    }

    function registerModel(Model memory model) internal returns (bytes32) {
        vm.prank(model.publisher);
        return models.registerModel(model);
    }

    /* REQUESTS */

    /// @dev A new request of CLIENT to NODE that requires no evidence; change what a test is about, then `open` it.
    function requestFor(bytes32 modelId) internal returns (Request memory request) {
        request.client = CLIENT;
        request.node = NODE;
        request.modelId = modelId;
        request.inputCommitment = keccak256("input");
        request.maxFee = MAX_FEE;
        request.unitPrice = UNIT_PRICE;
        request.deliverBy = time() + 60;
        request.proveBy = time() + 300;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + models.termsOf(modelId).teeWindow + DISPUTE_WINDOW;
        request.nonce = _nonce++;
    }

    function open(Request memory request) internal returns (RequestId) {
        vm.prank(request.client);
        return market.openRequest(request);
    }

    function accept(Request memory request, address node) internal {
        vm.prank(node);
        market.accept(request);
    }

    function resultOf(bytes32 outputCommitment) internal view returns (Result memory) {
        return Result({outputCommitment: outputCommitment, units: UNITS, node: NODE});
    }

    /// @dev What was delivered last. It makes no call, so it may stand behind a prank or an expectation.
    function deliveredTo(Request memory request) internal view returns (Result memory) {
        return _delivered[keccak256(abi.encode(request))];
    }

    function rememberDelivered(Request memory request, Result memory result) internal {
        _delivered[keccak256(abi.encode(request))] = result;
    }

    /// @dev The result's node delivers it as a bonded claim.
    function deliver(Request memory request, Result memory result) internal {
        rememberDelivered(request, result);
        vm.prank(result.node);
        market.fulfil(request, result, Evidence.VANILLA, "");
    }

    /// @dev Opens a request and has NODE answer it with a claim.
    function delivered(bytes32 modelId, bytes32 outputCommitment) internal returns (Request memory request) {
        request = requestFor(modelId);
        open(request);
        deliver(request, resultOf(outputCommitment));
    }

    /// @dev Evidence of this kind for exactly this result of this request.
    function evidenceFor(
        Evidence kind,
        Request memory request,
        Result memory result
    ) internal view returns (bytes memory) {
        return abi.encode(kind, market.resultDigest(market.requestId(request), result));
    }

    /* TIME: by cheatcode, because the optimizer takes a block's time and number for constant within a call */

    function time() internal view returns (uint40) {
        return uint40(vm.getBlockTimestamp());
    }

    function pass(uint256 duration) internal {
        vm.warp(vm.getBlockTimestamp() + duration);
    }

    function mine(uint256 blocks) internal {
        vm.roll(vm.getBlockNumber() + blocks);
    }

    /* EXPECTATIONS */

    /// @dev Names the error that the next call must revert with, with all its arguments.
    function expect(bytes memory revertData) internal {
        vm.expectRevert(revertData);
    }

    function stateOf(Request memory request) internal view returns (State) {
        return market.recordOf(market.requestId(request)).state;
    }

    function assertState(Request memory request, State expected, string memory label) internal view {
        vm.assertEq(uint256(stateOf(request)), uint256(expected), label);
    }

    /// @dev What NODE has at risk on the model, and what of it backs open requests.
    function assertStake(bytes32 modelId, uint128 opted, uint128 locked, string memory label) internal view {
        vm.assertEq(registry.modelStakeOf(NODE, modelId).opted, opted, string.concat(label, ": opted"));
        vm.assertEq(registry.modelStakeOf(NODE, modelId).locked, locked, string.concat(label, ": locked"));
    }
}

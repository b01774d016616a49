// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../../contracts/DisputeCourt.sol";
import {EnclaveRegistry} from "../../contracts/EnclaveRegistry.sol";
import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {NodeRegistry} from "../../contracts/NodeRegistry.sol";
import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {ZkmlEvidence} from "../../contracts/evidence/ZkmlEvidence.sol";
import {MarketParameters} from "../../contracts/interfaces/IInferenceMarket.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {ALL_EVIDENCE, Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {VerifyingKey} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "./Bn254Points.sol";
import {Fixture} from "./Fixture.sol";
import {vm} from "./Vm.sol";
import {
    newDisputeCourt,
    newEnclaveRegistry,
    newGroth16Verifier,
    newInferenceMarket,
    newModelRegistry,
    newNodeRegistry,
    newZkmlEvidence
} from "./Deployer.sol";

/// @notice The whole system with real evidence: proofs by a key whose secrets are known, so that any statement can be
/// proved, and signatures by enclave keys that registrars admitted. Two inference nodes serve all models.
abstract contract MarketFixture is Fixture {
    uint16 internal constant VERIFICATION_BPS = 1_111;
    uint16 internal constant DATA_BPS = 777;
    uint128 internal constant PRICE = 11;
    uint128 internal constant DECLARED_VALUE = 5_001;
    uint128 internal constant BOND = MODEL_BOND + DECLARED_VALUE;
    uint256 internal constant ALPHA = 11;
    uint256 internal constant SIGNER_KEY = uint256(keccak256("signer of orders")) >> 1;
    bytes32 internal constant INPUT = bytes32(uint256(keccak256("input")) >> 8);
    bytes32 internal constant DATA = keccak256("data");
    bytes32 internal constant MEASUREMENT = keccak256("measurement");

    address internal immutable RIVAL = makeAccount("rival");
    address internal immutable DATA_NODE = makeAccount("data node");
    address internal immutable REGISTRAR = makeAccount("registrar");
    address internal immutable OTHER_REGISTRAR = makeAccount("other registrar");
    address internal immutable SIGNER = vm.addr(SIGNER_KEY);

    Groth16Verifier internal groth16;
    EnclaveRegistry internal enclaves;
    ZkmlEvidence internal proofs;
    bytes32 internal keyId;

    function setUp() public virtual override {
        vm.warp(START);
        deployRegistries();
        market = deployMarket(address(token), address(proofs), address(enclaves), marketParameters());
        court = newDisputeCourt(address(market), courtParameters());
        (address orderSettler, address batchSettler) = deploySettlers();
        appoint(orderSettler, batchSettler);

        populate();
        pass(1); // the registrars have their seats since before
    }

    /* DEPLOY */

    function deployRegistries() internal {
        token = new TestToken();
        groth16 = newGroth16Verifier();
        registry = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        models = newModelRegistry(address(groth16));
        enclaves = newEnclaveRegistry(registry, models, 2, 24 hours, 0);
        proofs = newZkmlEvidence(models, groth16);
    }

    /// @dev The only place that deploys a market, so that scripts/mutate.ts can put a mutant in its place.
    function deployMarket(
        address token_,
        address zkmlVerifier,
        address teeVerifier,
        MarketParameters memory parameters
    ) internal returns (InferenceMarket) {
        return newInferenceMarket(token_, address(registry), address(models), zkmlVerifier, teeVerifier, parameters);
    }

    /// @dev Contracts that settle what clients signed; none, unless heirs deploy some.
    function deploySettlers() internal virtual returns (address orderSettler, address batchSettler) {}

    function appoint(address orderSettler, address batchSettler) private {
        address[4] memory contracts = [address(market), address(court), orderSettler, batchSettler];
        address[] memory appointed = new address[](4);
        uint256 count;
        for (uint256 i = 0; i < 4; ++i) if (contracts[i] != address(0)) appointed[count++] = contracts[i];
        assembly ("memory-safe") {
            mstore(appointed, count)
        }
        registry.appoint(appointed);
        market.appointSettlers(orderSettler, batchSettler);
        market.appointCourt(address(court));
    }

    function marketParameters() internal pure virtual override returns (MarketParameters memory parameters) {
        parameters = MarketParameters({
            challengeWindow: CHALLENGE_WINDOW,
            disputeWindow: DISPUTE_WINDOW,
            longestOrder: LONGEST_ORDER,
            maxCallbackGas: 500_000,
            verificationBps: VERIFICATION_BPS,
            dataBps: DATA_BPS
        });
    }

    function populate() internal virtual {
        VerifyingKey memory key = Bn254Points.key(ALPHA, weights());
        key.development = true;
        keyId = groth16.registerKey(key);

        registerNode(REGISTRAR, Role.VERIFICATION, MIN_STAKE);
        registerNode(OTHER_REGISTRAR, Role.VERIFICATION, MIN_STAKE);
        registerNode(DATA_NODE, Role.DATA, MIN_STAKE);
        registerNode(NODE, Role.INFERENCE, PLENTY);
        registerNode(RIVAL, Role.INFERENCE, PLENTY);
        for (uint8 path = 0; path < 3; ++path) {
            modelFor[path] = addModel(setOf(Evidence.VANILLA).plus(Evidence(path)), 0);
        }
        fund(CLIENT, PLENTY);
        fund(CHALLENGER, PLENTY);
    }

    /// @dev Registers a model that both nodes serve, with enclaves if it has that path.
    function addModel(EvidenceSet paths, uint32 teeWindow) internal returns (bytes32 modelId) {
        Model memory model = realModel(paths);
        model.teeWindow = teeWindow;
        return addModel(model);
    }

    function addModel(Model memory model) internal returns (bytes32 modelId) {
        modelId = registerModel(model);
        serve(NODE, modelId, PLENTY / 100);
        serve(RIVAL, modelId, PLENTY / 100);
        if (!model.paths.has(Evidence.TEE)) return modelId;
        vm.prank(PUBLISHER);
        enclaves.allowMeasurement(modelId, MEASUREMENT);
        admitEnclave(NODE, modelId);
        admitEnclave(RIVAL, modelId);
    }

    function realModel(EvidenceSet paths) internal view returns (Model memory model) {
        model = modelOf(paths);
        model.verifyingKeyId = paths.has(Evidence.ZKML) ? keyId : bytes32(0);
    }

    /// @dev A model that needs both a proof and a signature.
    function addModelWithBoth() internal returns (bytes32) {
        return addModel(ALL_EVIDENCE, 0);
    }

    /* REQUESTS */

    /// @dev A request of CLIENT to NODE that requires the path's evidence, with a declared value and a data node.
    function requestOn(Evidence path) internal returns (Request memory request) {
        request = requestFor(modelFor[uint8(path)]);
        request.inputCommitment = INPUT;
        request.unitPrice = PRICE;
        request.declaredValue = DECLARED_VALUE;
        request.dataNode = DATA_NODE;
        request.dataCommitment = DATA;
        if (path != Evidence.VANILLA) request.requiredEvidence = setOf(path);
    }

    /// @dev The same, which an unchallenged claim would satisfy.
    function relaxedOn(Evidence path) internal returns (Request memory request) {
        request = requestOn(path);
        request.requiredEvidence = NO_EVIDENCE;
    }

    /// @dev The same, for the first node to accept.
    function unnamedOn(Evidence path) internal returns (Request memory request) {
        request = requestOn(path);
        request.node = address(0);
    }

    function signatureBy(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The result's node brings it with real evidence, to an open request.
    function bring(Request memory request, Result memory result, Evidence kind) internal {
        rememberDelivered(request, result);
        bytes memory proof = realEvidence(kind, request, result);
        vm.prank(result.node);
        market.fulfil(request, result, kind, proof);
    }

    /// @dev Opens the request, and has NODE answer it at once.
    function answer(Request memory request, Evidence kind) internal {
        open(request);
        bring(request, resultOf(RIGHT), kind);
    }

    /// @dev A stranger adds evidence for the delivered result.
    function proveLater(Request memory request, Evidence kind) internal {
        bytes memory proof = realEvidence(kind, request, resultOf(RIGHT));
        vm.prank(STRANGER);
        market.prove(request, resultOf(RIGHT), kind, proof);
    }

    /* REAL EVIDENCE */

    /// @dev Evidence for exactly this result of this request, as its node would make it; nothing for a claim.
    function realEvidence(
        Evidence kind,
        Request memory request,
        Result memory result
    ) internal view returns (bytes memory) {
        bytes32 digest = market.resultDigest(market.requestId(request), result);
        return realEvidence(kind, request, result, digest);
    }

    function realEvidence(
        Evidence kind,
        Request memory request,
        Result memory result,
        bytes32 digest
    ) internal view returns (bytes memory) {
        if (kind == Evidence.VANILLA) return "";
        if (kind == Evidence.TEE) return signatureBy(enclaveKeyOf(result.node, request.modelId), digest);
        bytes memory output = outputOf(result.outputCommitment);
        return proofOf(request.inputCommitment, output, digest);
    }

    /// @dev A proof that the circuit maps the input to the output, by whoever knows the key's secrets.
    function proofOf(bytes32 input, bytes memory output, bytes32 digest) internal view returns (bytes memory) {
        uint256[] memory signals = new uint256[](3);
        signals[0] = uint256(input);
        for (uint256 i = 0; i < output.length; ++i) signals[1] = (signals[1] << 8) | uint8(output[i]);
        signals[2] = uint256(digest) >> 8;
        uint256 c = 7;
        uint256 a = Bn254Points.logarithmOfA(ALPHA, weights(), signals, c);
        return abi.encode(Bn254Points.proof(a, c), output);
    }

    function weights() internal pure returns (uint256[] memory list) {
        list = new uint256[](4);
        (list[0], list[1], list[2], list[3]) = (3, 5, 13, 17);
    }

    function outputOf(bytes32 commitment) internal pure returns (bytes memory) {
        return commitment == WRONG ? bytes("wrong") : bytes("right");
    }

    function enclaveKeyOf(address node, bytes32 modelId) internal view virtual returns (uint256) {
        return uint256(keccak256(abi.encode("enclave", node, modelId))) >> 1;
    }

    /// @dev The node proposes its enclave's document and the registrars admit it.
    function admitEnclave(address node, bytes32 modelId) internal {
        uint256 privateKey = enclaveKeyOf(node, modelId);
        address key = vm.addr(privateKey);
        bytes memory possession = signatureBy(privateKey, enclaves.possessionDigest(node, modelId, key));
        vm.prank(node);
        bytes32 id = enclaves.proposeDocument(modelId, key, MEASUREMENT, time() + 24 hours, "document", possession);
        vm.prank(REGISTRAR);
        enclaves.judgeDocument(id, true);
        vm.prank(OTHER_REGISTRAR);
        enclaves.judgeDocument(id, true);
    }

    function revokeMeasurement(bytes32 modelId) internal {
        vm.prank(PUBLISHER);
        enclaves.revokeMeasurement(modelId, MEASUREMENT);
    }

    /* EXPECTATIONS */

    /// @dev The label of an assertion in a test that runs on several paths.
    function on(Evidence path, string memory label) internal pure returns (string memory) {
        if (path == Evidence.VANILLA) return string.concat("vanilla: ", label);
        return string.concat(path == Evidence.ZKML ? "zkml: " : "tee: ", label);
    }
}

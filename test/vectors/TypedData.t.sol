// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {ZkmlEvidence} from "../../contracts/evidence/ZkmlEvidence.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, Statement, resultsDigest, subjectOf} from "../../contracts/types/Result.sol";
import {Proof, VerifyingKey} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {newGroth16Verifier, newZkmlEvidence} from "../support/Deployer.sol";
import {Fixture} from "../support/Fixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice The contracts agree with typed-data.json, on each vector's chain and at its market's address.
contract TypedDataTest is Fixture {
    bytes private constant OUTPUT = "output";
    bytes32 private constant INPUT = bytes32(uint256(7));
    uint256 private constant ALPHA = 11;

    string private _json;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("test/vectors/typed-data.json");
    }

    function test_requestIdsAndResultDigests() public {
        uint256 count;
        for (; vm.keyExistsJson(_json, at(count, "")); ++count) {
            string memory name = vm.parseJsonString(_json, at(count, ".name"));
            InferenceMarket there = deployThere(count);

            bytes memory encoded = vm.parseJsonBytes(_json, at(count, ".encodedRequest"));
            Request memory request = abi.decode(encoded, (Request));
            vm.assertEq(abi.encode(request), encoded, string.concat(name, ": encoded request"));
            RequestId id = there.requestId(request);
            bytes32 expected = vm.parseJsonBytes32(_json, at(count, ".requestId"));
            vm.assertEq(RequestId.unwrap(id), expected, string.concat(name, ": request id"));

            encoded = vm.parseJsonBytes(_json, at(count, ".encodedResult"));
            Result memory result = abi.decode(encoded, (Result));
            vm.assertEq(abi.encode(result), encoded, string.concat(name, ": encoded result"));
            expected = vm.parseJsonBytes32(_json, at(count, ".resultDigest"));
            vm.assertEq(there.resultDigest(id, result), expected, string.concat(name, ": result digest"));
            bytes memory subject = vm.parseJsonBytes(_json, at(count, ".subject"));
            vm.assertEq(abi.encodePacked(subjectOf(result)), subject, string.concat(name, ": subject"));
        }
        vm.assertGt(count, 8, "vectors");
    }

    /// @dev Of each vector's result together with all before it.
    function test_resultsDigests() public view {
        bytes32[] memory digests = new bytes32[](0);
        for (uint256 i = 0; vm.keyExistsJson(_json, at(i, "")); ++i) {
            bytes32[] memory longer = new bytes32[](i + 1);
            for (uint256 j = 0; j < i; ++j) longer[j] = digests[j];
            longer[i] = vm.parseJsonBytes32(_json, at(i, ".resultDigest"));
            digests = longer;
            string memory name = vm.parseJsonString(_json, at(i, ".name"));
            bytes32 expected = vm.parseJsonBytes32(_json, at(i, ".resultsDigest"));
            vm.assertEq(resultsDigest(digests), expected, string.concat(name, ": results digest"));
        }
        vm.assertGt(digests.length, 8, "vectors");
    }

    /// @dev A fork keeps address and code: the domain of the other chain must not be a remembered one.
    function test_requestIdsAfterFork() public {
        for (uint256 i = 0; vm.keyExistsJson(_json, at(i, "")); ++i) {
            vm.chainId(1_000_003);
            InferenceMarket there = deployAt(vm.parseJsonAddress(_json, at(i, ".market")));
            vm.chainId(vm.parseJsonUint(_json, at(i, ".chainId")));
            Request memory request = abi.decode(vm.parseJsonBytes(_json, at(i, ".encodedRequest")), (Request));
            bytes32 expected = vm.parseJsonBytes32(_json, at(i, ".requestId"));
            vm.assertEq(RequestId.unwrap(there.requestId(request)), expected, "request id");
        }
    }

    /// @dev What a proof is asked to be bound to.
    function test_resultBindings() public {
        Groth16Verifier groth16 = newGroth16Verifier();
        uint256[] memory weights = new uint256[](4);
        (weights[0], weights[1], weights[2], weights[3]) = (3, 5, 13, 17);
        VerifyingKey memory key = Bn254Points.key(ALPHA, weights);
        key.development = true;
        ZkmlEvidence evidence = newZkmlEvidence(models, groth16);
        vm.mockCall(
            address(models),
            abi.encodeCall(IModelRegistry.verifyingKeyOf, (modelFor[1])),
            abi.encode(groth16.registerKey(key))
        );
        uint256[] memory signals = new uint256[](3);
        (signals[0], signals[1]) = (uint256(INPUT), uint48(bytes6(OUTPUT)));
        for (uint256 i = 0; vm.keyExistsJson(_json, at(i, "")); ++i) {
            Statement memory statement;
            statement.resultDigest = vm.parseJsonBytes32(_json, at(i, ".resultDigest"));
            statement.modelId = modelFor[1];
            statement.inputCommitment = INPUT;
            statement.result.outputCommitment = keccak256(OUTPUT);
            for (uint256 off = 0; off < 2; ++off) {
                signals[2] = vm.parseJsonUint(_json, at(i, ".resultBinding")) + off;
                Proof memory proof = Bn254Points.proof(Bn254Points.logarithmOfA(ALPHA, weights, signals, 7), 7);
                vm.assertEq(evidence.verify(statement, abi.encode(proof, OUTPUT)), off == 0, "bound");
            }
        }
    }

    function at(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat("$[", Strings.toString(index), "]", field);
    }

    function deployThere(uint256 index) private returns (InferenceMarket) {
        vm.chainId(vm.parseJsonUint(_json, at(index, ".chainId")));
        return deployAt(vm.parseJsonAddress(_json, at(index, ".market")));
    }

    /// @dev Runs the constructor at this address, because the market remembers its domain.
    function deployAt(address where) private returns (InferenceMarket) {
        bytes memory arguments = abi.encode(token, registry, models, zkml, tee, marketParameters());
        vm.etch(where, bytes.concat(vm.getCode("InferenceMarket.sol:InferenceMarket"), arguments));
        // Without what it stores: it pauses itself, which it cannot do twice at one address.
        uint256 before = vm.snapshotState();
        (bool ok, bytes memory code) = where.call("");
        vm.assertTrue(ok, "constructor");
        vm.revertToState(before);
        vm.etch(where, code);
        return InferenceMarket(where);
    }
}

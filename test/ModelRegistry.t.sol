// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IGroth16Verifier} from "../contracts/interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../contracts/interfaces/IModelRegistry.sol";
import {EvidenceSet} from "../contracts/types/Evidence.sol";
import {Model, Terms} from "../contracts/types/Model.sol";
import {ModelRegistry} from "../contracts/ModelRegistry.sol";
import {vm} from "./support/Vm.sol";
import {newModelRegistry} from "./support/Deployer.sol";

contract ModelRegistryTest {
    uint8 private constant VANILLA = 1;
    uint8 private constant ZKML = 2;
    uint8 private constant TEE = 4;
    address private constant VERIFIER = address(0x6016);
    address private constant STRANGER = address(0xBAD);
    bytes32 private constant KEY = keccak256("verifying key");

    ModelRegistry private registry;

    function setUp() public {
        registry = newModelRegistry(VERIFIER);
        vm.mockCall(VERIFIER, abi.encodeWithSelector(IGroth16Verifier.isRegistered.selector), abi.encode(false));
        vm.mockCall(VERIFIER, abi.encodeCall(IGroth16Verifier.isRegistered, (KEY)), abi.encode(true));
    }

    function test_registerModel() public {
        Model memory model = makeModel(VANILLA | ZKML | TEE);
        bytes32 id = keccak256(abi.encode(model));
        vm.assertFalse(registry.isRegistered(id), "not registered before");
        vm.assertEq(registry.idOf(model), id, "the id is known before");

        vm.expectEmit(address(registry));
        emit IModelRegistry.ModelRegistered(id, address(this), model);
        vm.assertEq(registry.registerModel(model), id, "id");

        vm.assertTrue(registry.isRegistered(id), "registered");
        vm.assertEq(abi.encode(registry.modelOf(id)), abi.encode(model), "all fields");
        vm.assertEq(registry.verifyingKeyOf(id), KEY, "key");
        vm.assertEq(registry.publisherOf(id), address(this), "publisher");
        vm.assertEq(registry.groth16Verifier(), VERIFIER, "verifier");
    }

    function testFuzz_termsOf(uint40 units, uint32 teeWindow, uint88 bond, uint88 valueCap, uint8 paths) public {
        Model memory model = makeModel(1 + (paths % 7));
        vm.assume(units != 0 || model.verifyingKeyId == 0);
        model.unitsPerInference = units;
        model.teeWindow = teeWindow;
        model.bond = bond == 0 ? 1 : bond;
        model.valueCap = valueCap;
        bytes32 id = registry.registerModel(model);

        Terms memory terms = registry.termsOf(id);
        vm.assertEq(EvidenceSet.unwrap(terms.paths), EvidenceSet.unwrap(model.paths), "paths");
        vm.assertEq(terms.unitsPerInference, units, "units");
        vm.assertEq(terms.teeWindow, teeWindow, "enclave window");
        vm.assertEq(terms.bond, model.bond, "bond");
        vm.assertEq(terms.valueCap, valueCap, "value cap");
    }

    /// @dev Not the whole model.
    function test_termsOf_readsOneSlot() public {
        bytes32 id = registry.registerModel(makeModel(VANILLA));
        vm.cool(address(registry));
        uint256 gas = gasleft();
        registry.termsOf(id);
        gas -= gasleft();
        vm.assertLt(gas, 2_600 + 2 * 2_100, "a cold account and one cold slot");
    }

    /// @dev Case 76: whoever names the id pins every field.
    function testFuzz_idOf_dependsOnEachField(uint8 field) public view {
        Model memory model = makeModel(VANILLA | ZKML);
        bytes32 id = registry.idOf(model);
        field %= 10;
        if (field == 0) model.publisher = STRANGER;
        if (field == 1) model.paths = EvidenceSet.wrap(ZKML);
        if (field == 2) model.unitsPerInference += 1;
        if (field == 3) model.teeWindow += 1;
        if (field == 4) model.bond += 1;
        if (field == 5) model.valueCap += 1;
        if (field == 6) model.weightsCommitment = bytes32(0);
        if (field == 7) model.verifyingKeyId = bytes32(0);
        if (field == 8) model.previousVersion = KEY;
        if (field == 9) model.uri = "ipfs://other";
        vm.assertNotEq(registry.idOf(model), id, "another model");
    }

    function test_registerModel_asNextVersion() public {
        Model memory model = makeModel(VANILLA);
        bytes32 first = registry.registerModel(model);
        model.previousVersion = first;
        bytes32 second = registry.registerModel(model);
        vm.assertEq(registry.modelOf(second).previousVersion, first, "previous version");
        vm.assertTrue(registry.isRegistered(first), "the first version stays");
    }

    function test_RevertWhen_registerModel_twice() public {
        Model memory model = makeModel(VANILLA);
        bytes32 id = registry.registerModel(model);
        expect(abi.encodeWithSelector(IModelRegistry.ModelAlreadyRegistered.selector, id));
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_ofAnotherPublisher() public {
        Model memory model = makeModel(VANILLA);
        expect(abi.encodeWithSelector(IModelRegistry.ModelPublisherMismatch.selector, address(this), STRANGER));
        vm.prank(STRANGER);
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_publisherIsZero() public {
        Model memory model = makeModel(VANILLA);
        model.publisher = address(0);
        expect(abi.encodeWithSelector(IModelRegistry.ModelPublisherMismatch.selector, address(0), address(this)));
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_withoutBond() public {
        Model memory model = makeModel(VANILLA);
        model.bond = 0;
        vm.expectRevert(IModelRegistry.ModelBondZero.selector);
        registry.registerModel(model);
    }

    /// @dev A proof does not judge units: its node could charge any.
    function testFuzz_RevertWhen_registerModel_provesWithMeteredUnits(uint8 paths) public {
        paths = 1 + (paths % 7);
        Model memory model = makeModel(paths);
        model.unitsPerInference = 0;
        if (paths & ZKML != 0) expect(abi.encodeWithSelector(IModelRegistry.ModelUnitsZero.selector, paths));
        bytes32 id = registry.registerModel(model);
        if (paths & ZKML == 0) vm.assertEq(registry.termsOf(id).unitsPerInference, 0, "metered");
    }

    function testFuzz_RevertWhen_registerModel_pathsAreInvalid(uint8 paths) public {
        vm.assume(paths == 0 || paths > 7);
        Model memory model = makeModel(paths);
        expect(abi.encodeWithSelector(IModelRegistry.ModelPathsInvalid.selector, paths));
        registry.registerModel(model);
    }

    function testFuzz_RevertWhen_registerModel_keyDoesNotMatchThePaths(uint8 paths) public {
        paths = 1 + (paths % 7);
        Model memory model = makeModel(paths);
        model.verifyingKeyId = paths & ZKML == 0 ? KEY : bytes32(0);
        expect(abi.encodeWithSelector(IModelRegistry.ModelKeyMismatch.selector, model.verifyingKeyId, paths));
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_keyIsUnknownToTheVerifier() public {
        Model memory model = makeModel(ZKML);
        model.verifyingKeyId = keccak256("unknown");
        expect(abi.encodeWithSelector(IModelRegistry.ModelKeyUnknown.selector, model.verifyingKeyId));
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_previousVersionIsUnknown() public {
        Model memory model = makeModel(VANILLA);
        model.previousVersion = keccak256("unknown");
        expect(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, model.previousVersion));
        registry.registerModel(model);
    }

    function test_RevertWhen_registerModel_whilePaused() public {
        Model memory model = makeModel(VANILLA);
        bytes32 id = registry.registerModel(model);
        registry.pause();
        model.uri = "ipfs://second";
        vm.expectRevert(Pausable.EnforcedPause.selector);
        registry.registerModel(model);
        vm.assertEq(registry.publisherOf(id), address(this), "reads go on");

        registry.unpause();
        registry.registerModel(model);
    }

    function test_RevertWhen_pause_byAnybodyElse() public {
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        registry.pause();
    }

    function test_RevertWhen_theModelIsUnknown() public {
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, KEY);
        expect(unknown);
        registry.modelOf(KEY);
        expect(unknown);
        registry.termsOf(KEY);
        expect(unknown);
        registry.verifyingKeyOf(KEY);
        expect(unknown);
        registry.publisherOf(KEY);
    }

    function expect(bytes memory revertData) private {
        vm.expectRevert(revertData);
    }

    function makeModel(uint8 paths) private view returns (Model memory) {
        return
            Model({
                publisher: address(this),
                paths: EvidenceSet.wrap(paths),
                unitsPerInference: 1,
                teeWindow: 60,
                bond: 100,
                valueCap: 1000,
                weightsCommitment: keccak256("weights"),
                verifyingKeyId: paths & ZKML == 0 ? bytes32(0) : KEY,
                previousVersion: bytes32(0),
                uri: "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
            });
    }
}

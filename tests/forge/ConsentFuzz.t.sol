// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {EnsemblePools} from "../../contracts/EnsemblePools.sol";
import {Licences} from "../../contracts/Licences.sol";
import {Members} from "../../contracts/Members.sol";
import {Payees} from "../../contracts/Payees.sol";
import {Payroll} from "../../contracts/Payroll.sol";
import {Productions} from "../../contracts/Productions.sol";
import {RateCard} from "../../contracts/RateCard.sol";
import {Records} from "../../contracts/Records.sol";
import {SceneGrants} from "../../contracts/SceneGrants.sol";
import {SubstitutionPremiums} from "../../contracts/SubstitutionPremiums.sol";
import {UsageLedger} from "../../contracts/UsageLedger.sol";
import {TrustAccess} from "../../contracts/governance/TrustAccess.sol";
import {ILicences} from "../../contracts/interfaces/ILicences.sol";
import {IMembers} from "../../contracts/interfaces/IMembers.sol";
import {IPayees} from "../../contracts/interfaces/IPayees.sol";
import {IPayroll} from "../../contracts/interfaces/IPayroll.sol";
import {IProductions} from "../../contracts/interfaces/IProductions.sol";
import {IProvenance} from "../../contracts/interfaces/IProvenance.sol";
import {IRateCard} from "../../contracts/interfaces/IRateCard.sol";
import {IRecords} from "../../contracts/interfaces/IRecords.sol";
import {ISceneGrants} from "../../contracts/interfaces/ISceneGrants.sol";
import {ISubstitutionPremiums} from "../../contracts/interfaces/ISubstitutionPremiums.sol";
import {IUsageLedger} from "../../contracts/interfaces/IUsageLedger.sol";
import {IWritersRooms} from "../../contracts/interfaces/IWritersRooms.sol";
import {AssetClass, Modality, ReplicaType, Representation} from "../../contracts/interfaces/Types.sol";
import {TestDollar} from "../../contracts/token/TestDollar.sol";

/// @title Scene consents, fuzzed on the real contracts
/// @dev The test is admin, custodian, enroller, studio and payees, so that only the member's signature is in question.
contract ConsentFuzzTest is Test {
    /// @dev What the fuzzer fills; enums would come out of range.
    struct Seed {
        string description;
        uint256 kinds;
        uint256 maxIterations;
        uint256 maxSeconds;
        uint256 maxSpend;
        uint256 digitalDays;
        uint256 longestStreamWeeks;
        uint256 notBefore;
        uint256 expires;
        uint256 fee;
        uint256 iterationFee;
        uint256 nonce;
        uint256 deadline;
    }

    uint256 private constant MEMBER_KEY = 0xA11CE;
    uint256 private constant FIELDS = 17;
    bytes32 private constant SCENE = keccak256("the one scene of the breakdown");
    bytes32 private constant TYPEHASH = keccak256(
        "SceneConsent(uint256 licenceId,bytes32 sceneHash,uint16 rateCardVersion,string description,uint8 assetClass,uint8 replicaType,uint32 maxIterations,uint32 maxSeconds,uint64 maxSpend,uint16 digitalDays,uint16 longestStreamWeeks,uint40 notBefore,uint40 expires,uint64 fee,uint64 iterationFee,uint8 representation,uint256 nonce,uint256 deadline)"
    );

    SceneGrants private _grants;
    uint256 private _licenceId;
    uint24 private _memberId;

    function setUp() public {
        vm.warp(1_800_000_000);
        TestDollar dollar = new TestDollar(false);
        TrustAccess access = new TrustAccess(address(this));
        // The ten that follow the pools' code know each other by addresses worked out beforehand.
        address[10] memory addresses;
        for (uint256 i = 0; i < 10; i++) {
            addresses[i] = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1 + i);
        }
        EnsemblePools pools = new EnsemblePools(
            dollar,
            7 days,
            EnsemblePools.Modules(
                IMembers(addresses[2]),
                IRateCard(addresses[1]),
                IProductions(addresses[4]),
                IPayees(addresses[0]),
                address(0),
                address(0),
                address(0)
            )
        );
        new Payees(address(access), IPayees.Payees(address(1), address(2), address(3)));
        RateCard card = new RateCard(address(access));
        Members members = new Members(
            address(access),
            Members.Modules(
                addresses[3],
                addresses[5],
                addresses[6],
                addresses[9],
                address(0),
                address(0),
                address(0),
                address(0),
                IPayroll(addresses[8])
            )
        );
        Records records =
            new Records(address(access), IMembers(addresses[2]), IRateCard(addresses[1]), IProductions(addresses[4]));
        Productions productions = new Productions(
            address(access), IRateCard(addresses[1]), IUsageLedger(addresses[7]), IPayroll(addresses[8])
        );
        Licences licences = new Licences(
            address(access),
            Licences.Modules(
                IMembers(addresses[2]),
                IRecords(addresses[3]),
                IRateCard(addresses[1]),
                IProductions(addresses[4]),
                IUsageLedger(addresses[7]),
                IPayroll(addresses[8]),
                IProvenance(address(0))
            )
        );
        _grants = new SceneGrants(
            SceneGrants.Modules(
                IMembers(addresses[2]),
                IRateCard(addresses[1]),
                IProductions(addresses[4]),
                ILicences(addresses[5]),
                IUsageLedger(addresses[7]),
                IPayroll(addresses[8]),
                ISubstitutionPremiums(addresses[9]),
                IWritersRooms(address(0))
            )
        );
        new UsageLedger(IProductions(addresses[4]), ILicences(addresses[5]), addresses[6], IPayroll(addresses[8]));
        Payroll payroll = new Payroll(
            pools,
            Payroll.Modules(
                addresses[2],
                IProductions(addresses[4]),
                addresses[5],
                addresses[6],
                addresses[7],
                ISubstitutionPremiums(addresses[9]),
                IPayees(addresses[0])
            )
        );
        assertEq(address(payroll), addresses[8]);
        SubstitutionPremiums premiums = new SubstitutionPremiums(
            SubstitutionPremiums.Modules(
                IMembers(addresses[2]),
                IRateCard(addresses[1]),
                IProductions(addresses[4]),
                IUsageLedger(addresses[7]),
                IPayroll(addresses[8])
            )
        );
        assertEq(address(premiums), addresses[9]);
        _play(dollar, card, members, records, productions, licences, payroll);
    }

    function testFuzz_scene_consent_as_signed_is_taken(Seed memory seed) public {
        ISceneGrants.SceneConsent memory consent = _consent(seed);
        bytes memory signature = _signed(consent);
        assertEq(_grants.grant(consent, new bytes32[](0), signature), 1);
    }

    /// @dev A changed field either breaks the signature or a rule that is looked at before it; never is it taken.
    function testFuzz_any_changed_field_is_refused(Seed memory seed, uint256 field, uint256 change) public {
        ISceneGrants.SceneConsent memory consent = _consent(seed);
        bytes memory signature = _signed(consent);
        _change(consent, bound(field, 0, FIELDS - 1), bound(change, 1, type(uint16).max));
        vm.expectRevert();
        _grants.grant(consent, new bytes32[](0), signature);
    }

    /// @dev The fields that no other rule looks at: here it can only be the signature that refuses.
    function testFuzz_free_fields_are_refused_by_the_signature(Seed memory seed, uint256 pick, uint256 change) public {
        ISceneGrants.SceneConsent memory consent = _consent(seed);
        bytes memory signature = _signed(consent);
        uint256[5] memory free = [uint256(3), 7, 10, 15, 16];
        _change(consent, free[bound(pick, 0, 4)], bound(change, 1, 100));
        vm.expectPartialRevert(IMembers.InvalidConsent.selector);
        _grants.grant(consent, new bytes32[](0), signature);
    }

    function testFuzz_any_changed_bit_of_the_signature_is_refused(Seed memory seed, uint256 bit) public {
        ISceneGrants.SceneConsent memory consent = _consent(seed);
        bytes memory signature = _signed(consent);
        bit = bound(bit, 0, 65 * 8 - 1);
        signature[bit / 8] = bytes1(uint8(signature[bit / 8]) ^ uint8(1 << (bit % 8)));
        vm.expectPartialRevert(IMembers.InvalidConsent.selector);
        _grants.grant(consent, new bytes32[](0), signature);
    }

    /// @dev A consent whose every field is in range.
    function _consent(Seed memory seed) private view returns (ISceneGrants.SceneConsent memory c) {
        c.licenceId = _licenceId;
        c.sceneHash = SCENE;
        c.rateCardVersion = 1;
        c.description = seed.description;
        c.assetClass = AssetClass(seed.kinds % 2);
        c.replicaType = ReplicaType((seed.kinds >> 8) % 3);
        c.representation = Representation((seed.kinds >> 16) % 2);
        c.maxIterations = uint32(bound(seed.maxIterations, 1, 1000));
        c.maxSeconds = uint32(bound(seed.maxSeconds, 1, 100_000));
        c.digitalDays = uint16(bound(seed.digitalDays, 1, 100));
        c.longestStreamWeeks = uint16(bound(seed.longestStreamWeeks, 1, 100));
        c.notBefore = uint40(bound(seed.notBefore, block.timestamp, block.timestamp + 30 days));
        c.expires = uint40(bound(seed.expires, block.timestamp + 31 days, block.timestamp + 300 days));
        c.fee = uint64(bound(seed.fee, 3e6, 1000e6));
        c.iterationFee = uint64(bound(seed.iterationFee, 1e6, 100e6));
        c.maxSpend = uint64(bound(seed.maxSpend, uint256(c.fee) + uint256(c.iterationFee) * c.maxIterations, 2 ** 62));
        c.deadline = bound(seed.deadline, block.timestamp, 2 ** 128);
        c.nonce = bound(seed.nonce, 2 ** 32, 2 ** 128);
    }

    function _change(ISceneGrants.SceneConsent memory c, uint256 field, uint256 by) private pure {
        unchecked {
            if (field == 0) c.licenceId += by;
            else if (field == 1) c.sceneHash = bytes32(uint256(c.sceneHash) ^ by);
            else if (field == 2) c.rateCardVersion += uint16(by);
            else if (field == 3) c.description = string.concat(c.description, " ");
            else if (field == 4) c.assetClass = AssetClass(1 - uint256(c.assetClass));
            else if (field == 5) c.replicaType = ReplicaType((uint256(c.replicaType) + 1 + (by % 2)) % 3);
            else if (field == 6) c.maxIterations += uint32(by);
            else if (field == 7) c.maxSeconds += uint32(by);
            else if (field == 8) c.maxSpend += uint64(by);
            else if (field == 9) c.digitalDays += uint16(by);
            else if (field == 10) c.longestStreamWeeks += uint16(by);
            else if (field == 11) c.notBefore += uint40(by);
            else if (field == 12) c.expires += uint40(by);
            else if (field == 13) c.fee += uint64(by);
            else if (field == 14) c.iterationFee += uint64(by);
            else if (field == 15) c.representation = Representation(1 - uint256(c.representation));
            else c.nonce += by;
        }
    }

    function _signed(ISceneGrants.SceneConsent memory c) private view returns (bytes memory) {
        bytes32 structHash = keccak256(
            bytes.concat(
                abi.encode(TYPEHASH, c.licenceId, c.sceneHash, c.rateCardVersion, keccak256(bytes(c.description))),
                abi.encode(c.assetClass, c.replicaType, c.maxIterations, c.maxSeconds, c.maxSpend, c.digitalDays),
                abi.encode(c.longestStreamWeeks, c.notBefore, c.expires, c.fee, c.iterationFee),
                abi.encode(c.representation, c.nonce, c.deadline)
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Likeness Trust"),
                keccak256("1"),
                block.chainid,
                address(_grants)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(MEMBER_KEY, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _play(
        TestDollar dollar,
        RateCard card,
        Members members,
        Records records,
        Productions productions,
        Licences licences,
        Payroll payroll
    ) private {
        card.publish(_card());
        productions.admitStudio(address(this), true);
        _memberId = members.enrol(vm.addr(MEMBER_KEY), address(0xBEEF), IMembers.Craft.PERFORMER, address(0), 0);
        uint40 today = uint40(block.timestamp);
        uint24 production = productions.register(keccak256("EIDR"), today, today + 365 days, SCENE, address(this));
        _scan(records);
        dollar.mint(address(this), 1e15);
        dollar.approve(address(payroll), 1e15);
        payroll.fund(production, 1e15);
        ILicences.TrainingConsent memory none;
        _licenceId = licences.buy(
            ILicences.Order(
                production, _memberId, 1, false, today, today + 365 days, "terms", 1, 2e6, 0, type(uint16).max
            ),
            none,
            ""
        );
    }

    function _scan(Records records) private {
        IRecords.ScanConsent memory consent =
            IRecords.ScanConsent(_memberId, 0, 1, "scan", true, Representation.UNION, 1, type(uint256).max);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "ScanConsent(uint24 memberId,uint24 productionId,uint8 modalities,string description,bool noticeWaived,uint8 representation,uint256 nonce,uint256 deadline)"
                ),
                _memberId,
                0,
                1,
                keccak256("scan"),
                true,
                Representation.UNION,
                1,
                type(uint256).max
            )
        );
        (, string memory name, string memory version, uint256 chainId, address checker,,) = records.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                checker
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(MEMBER_KEY, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        IRecords.Deposit[] memory deposits = new IRecords.Deposit[](1);
        deposits[0] = IRecords.Deposit(Modality.FACE, "commitment");
        records.pool(consent, deposits, abi.encodePacked(r, s, v));
    }

    function _card() private view returns (IRateCard.Card memory card) {
        for (uint256 m = 0; m < 6; m++) {
            card.licenceFees[m] = 2e6;
            card.trainingFees[m] = 2e6;
            card.passiveSceneFees[m] = 3e6;
            card.activeSceneFees[m] = 3e6;
            card.passiveIterationFees[m] = 1e6;
            card.activeIterationFees[m] = 1e6;
        }
        card.dayRates = [uint40(10e6), 11e6, 12e6];
        card.effectiveFrom = uint40(block.timestamp);
        card.premiumShareBps = 1000;
        card.benefitsBps = 2100;
        card.backgroundBenefitsBps = 2050;
        card.benefitsCeiling = 232_000e6;
        card.duesBps = 150;
        card.levyBps = 100;
        card.maxTermDays = 3650;
        card.maxMinorTermDays = 1825;
        card.noticeHours = 48;
        card.reportDays = 30;
        card.roomEpisodes = [uint16(6), 12];
        card.roomWriters = [uint8(3), 5, 6];
        card.acknowledgeDays = 7;
        card.challengeDays = 30;
    }
}

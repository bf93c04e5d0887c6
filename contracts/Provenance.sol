// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IProvenance} from "./interfaces/IProvenance.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";

/// @title Provenance: who and what made an asset, and from what
contract Provenance is IProvenance, MemberConsents {
    bytes32 private constant CONFIRMATION_TYPEHASH = keccak256(
        "ContributionConfirmation(bytes32 assetId,uint24 memberId,uint8 role,uint16 shareBps,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant DISPUTE_TYPEHASH = keccak256(
        "ContributionDispute(bytes32 assetId,uint24 memberId,bytes32 reasonHash,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ARCHIVE_TYPEHASH = keccak256(
        "ArchiveDeclaration(uint24 memberId,bytes32 root,uint32 items,uint8 dataMining,uint8 aiInference,uint8 aiGenerativeTraining,uint8 aiTraining,bytes32 constraintHash,string description,uint256 nonce,uint256 deadline)"
    );
    uint16 private constant UNPROVEN = type(uint16).max;
    uint256 private constant MOST_PARENTS = 16;
    uint8 private constant CONSTRAINED = 3;

    struct Modules {
        IMembers members;
        IProductions productions;
        IUsageLedger ledger;
    }

    IProductions private immutable PRODUCTIONS;
    IUsageLedger private immutable LEDGER;

    mapping(bytes32 id => Entry) private _entries;

    constructor(Modules memory modules) MemberConsents(modules.members) {
        PRODUCTIONS = modules.productions;
        LEDGER = modules.ledger;
    }

    /// @inheritdoc IProvenance
    function register(Asset calldata asset) external {
        _register(asset, 0);
    }

    /// @inheritdoc IProvenance
    function commitBatch(uint24 productionId, bytes32 root, uint32 assets) external {
        _requireReporter(productionId);
        require(assets > 0, Empty());
        _keep(root, Entry(productionId, Form.BATCH, AssetKind(0), UNPROVEN, UNPROVEN, uint40(block.timestamp)));
        emit BatchCommitted(root, productionId, assets);
    }

    /// @inheritdoc IProvenance
    function prove(bytes32 root, Asset calldata asset, bytes32[] calldata proof) external {
        Entry memory batch = _entries[root];
        require(batch.form == Form.BATCH && batch.productionId == asset.productionId, NoBatch(root, asset.productionId));
        require(MerkleProof.verifyCalldata(proof, root, assetLeaf(asset)), BadProof(root, asset.id));
        _register(asset, root);
    }

    /// @inheritdoc IProvenance
    function bundle(bytes32[] calldata children) external returns (bytes32 root) {
        require(children.length > 0, Empty());
        (uint16 depth, uint16 sinceHuman) = _highest(children);
        bytes32[] memory nodes = new bytes32[](children.length);
        for (uint256 i = 0; i < children.length; i++) {
            nodes[i] = itemLeaf(children[i]);
        }
        root = _rootOf(nodes);
        _keep(root, Entry(0, Form.BUNDLE, AssetKind(0), depth, sinceHuman, uint40(block.timestamp)));
        // A transaction can't hold 2^32 children.
        // forge-lint: disable-next-line(unsafe-typecast)
        emit Bundled(root, uint32(children.length), depth, sinceHuman);
        _emitDerived(root, children);
    }

    /// @inheritdoc IProvenance
    function confirm(ContributionConfirmation calldata c, bytes calldata signature) external {
        _requireAsset(c.assetId);
        bytes32 structHash = keccak256(
            abi.encode(CONFIRMATION_TYPEHASH, c.assetId, c.memberId, c.role, c.shareBps, c.nonce, c.deadline)
        );
        _takeConsent(c.memberId, c.nonce, c.deadline, structHash, signature);
        emit ContributionConfirmed(c.assetId, c.memberId, c.role, c.shareBps, c.nonce);
    }

    /// @inheritdoc IProvenance
    function dispute(ContributionDispute calldata d, bytes calldata signature) external {
        _requireAsset(d.assetId);
        require(d.reasonHash != 0, MissingHash());
        bytes32 structHash =
            keccak256(abi.encode(DISPUTE_TYPEHASH, d.assetId, d.memberId, d.reasonHash, d.nonce, d.deadline));
        _takeConsent(d.memberId, d.nonce, d.deadline, structHash, signature);
        emit ContributionDisputed(d.assetId, d.memberId, d.reasonHash, d.nonce);
    }

    /// @inheritdoc IProvenance
    function declareArchive(ArchiveDeclaration calldata d, bytes calldata signature) external {
        require(d.root != 0, MissingHash());
        require(d.items > 0, Empty());
        _checkUses(d);
        bytes32 descriptionHash = keccak256(bytes(d.description));
        _takeConsent(d.memberId, d.nonce, d.deadline, _archiveHash(d, descriptionHash), signature);
        emit ArchiveDeclared(
            d.memberId,
            d.root,
            d.items,
            d.dataMining,
            d.aiInference,
            d.aiGenerativeTraining,
            d.aiTraining,
            d.constraintHash,
            descriptionHash,
            d.nonce
        );
    }

    /// @inheritdoc IProvenance
    function numbersOf(bytes32 id) external view returns (uint16 depth, uint16 sinceHuman) {
        Entry memory entry = _entries[id];
        return entry.form == Form.NONE ? (UNPROVEN, UNPROVEN) : (entry.depth, entry.sinceHuman);
    }

    /// @inheritdoc IProvenance
    function datasetDepth(bytes32 root) external view returns (uint16 depth) {
        Entry memory entry = _entries[root];
        return entry.form == Form.BUNDLE ? entry.depth : UNPROVEN;
    }

    /// @inheritdoc IProvenance
    function entryOf(bytes32 id) external view returns (Entry memory) {
        return _entries[id];
    }

    /// @inheritdoc IProvenance
    function assetLeaf(Asset calldata asset) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(asset))));
    }

    /// @inheritdoc IProvenance
    function itemLeaf(bytes32 id) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(id))));
    }

    function _register(Asset calldata asset, bytes32 batchId) private {
        _requireReporter(asset.productionId);
        _checkGrant(asset.grantId, asset.productionId);
        _checkShares(asset);
        require(asset.parents.length <= MOST_PARENTS, TooManyParents(asset.parents.length, MOST_PARENTS));
        (uint16 depth, uint16 sinceHuman) = _highest(asset.parents);
        if (asset.machines.length > 0) depth = _next(depth);
        sinceHuman = asset.contributions.length > 0 ? 0 : _next(sinceHuman);

        _keep(asset.id, Entry(asset.productionId, Form.ASSET, asset.kind, depth, sinceHuman, uint40(block.timestamp)));
        emit AssetRegistered(
            asset.id, asset.productionId, batchId, asset.kind, asset.grantId, asset.promptAuthor, depth, sinceHuman
        );
        _emitContributions(asset);
        _emitDerived(asset.id, asset.parents);
    }

    function _keep(bytes32 id, Entry memory entry) private {
        require(id != 0, MissingHash());
        require(_entries[id].form == Form.NONE, AlreadyKnown(id));
        _entries[id] = entry;
    }

    /// @dev The highest numbers of known ids, each named once.
    function _highest(bytes32[] calldata ids) private view returns (uint16 depth, uint16 sinceHuman) {
        bytes32 last;
        for (uint256 i = 0; i < ids.length; i++) {
            require(ids[i] > last, OutOfOrder(i));
            last = ids[i];
            Entry memory entry = _entries[last];
            require(entry.form != Form.NONE, NotProven(last));
            if (entry.depth > depth) depth = entry.depth;
            if (entry.sinceHuman > sinceHuman) sinceHuman = entry.sinceHuman;
        }
    }

    function _next(uint16 number) private pure returns (uint16) {
        return number == UNPROVEN ? UNPROVEN : number + 1;
    }

    function _checkGrant(uint256 grantId, uint24 productionId) private view {
        if (grantId == 0) return;
        require(LEDGER.wordOf(grantId).productionId() == productionId, ForeignGrant(grantId, productionId));
    }

    /// @dev Members exist, everybody is named once in each role, every share is above 0, and all sum to 10,000.
    function _checkShares(Asset calldata asset) private view {
        uint24 members = asset.contributions.length > 0 || asset.promptAuthor > 0 ? MEMBERS.memberCount() : 0;
        require(asset.promptAuthor <= members, UnknownMember(asset.promptAuthor));
        uint256 sum;
        uint256 last;
        for (uint256 i = 0; i < asset.contributions.length; i++) {
            Contribution calldata c = asset.contributions[i];
            require(c.memberId > 0 && c.memberId <= members, UnknownMember(c.memberId));
            // Four roles; plus one, so that the first is above the start.
            uint256 place = uint256(c.memberId) * 4 + uint256(c.role) + 1;
            require(place > last, OutOfOrder(i));
            last = place;
            require(c.evidenceHash != 0, MissingHash());
            require(c.shareBps > 0, BadShares(0));
            sum += c.shareBps;
        }
        sum += _checkMachines(asset.machines);
        require(sum == 10_000, BadShares(sum));
    }

    function _checkMachines(Machine[] calldata machines) private pure returns (uint256 sum) {
        bytes32 last;
        for (uint256 i = 0; i < machines.length; i++) {
            Machine calldata machine = machines[i];
            require(machine.modelHash != 0, MissingHash());
            require(machine.modelHash > last, OutOfOrder(i));
            last = machine.modelHash;
            require(machine.shareBps > 0, BadShares(0));
            sum += machine.shareBps;
        }
    }

    function _emitContributions(Asset calldata asset) private {
        for (uint256 i = 0; i < asset.contributions.length; i++) {
            Contribution calldata c = asset.contributions[i];
            emit Contributed(asset.id, c.memberId, c.role, c.shareBps, c.evidenceHash);
        }
        for (uint256 i = 0; i < asset.machines.length; i++) {
            emit MachineContributed(asset.id, asset.machines[i].modelHash, asset.machines[i].shareBps);
        }
    }

    function _emitDerived(bytes32 id, bytes32[] calldata parents) private {
        for (uint256 i = 0; i < parents.length; i++) {
            emit Derived(id, parents[i]);
        }
    }

    function _requireReporter(uint24 productionId) private view {
        require(PRODUCTIONS.mayReport(productionId, msg.sender), NotAReporter(productionId, msg.sender));
    }

    function _requireAsset(bytes32 id) private view {
        require(_entries[id].form == Form.ASSET, NoAsset(id));
    }

    /// @dev Folds layer by layer in place; an odd node at the end goes up as it is.
    function _rootOf(bytes32[] memory nodes) private pure returns (bytes32) {
        uint256 length = nodes.length;
        while (length > 1) {
            uint256 pairs = length / 2;
            for (uint256 i = 0; i < pairs; i++) {
                nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            }
            if (length % 2 == 1) nodes[pairs] = nodes[length - 1];
            length = pairs + (length % 2);
        }
        return nodes[0];
    }

    function _checkUses(ArchiveDeclaration calldata d) private pure {
        uint8[4] memory uses = [d.dataMining, d.aiInference, d.aiGenerativeTraining, d.aiTraining];
        bool set;
        bool constrained;
        bool known = true;
        for (uint256 i = 0; i < uses.length; i++) {
            set = set || uses[i] > 0;
            constrained = constrained || uses[i] == CONSTRAINED;
            known = known && uses[i] <= CONSTRAINED;
        }
        require(
            known && set && constrained == (d.constraintHash != 0),
            BadUses(d.dataMining, d.aiInference, d.aiGenerativeTraining, d.aiTraining)
        );
    }

    function _archiveHash(ArchiveDeclaration calldata d, bytes32 descriptionHash) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ARCHIVE_TYPEHASH,
                d.memberId,
                d.root,
                d.items,
                d.dataMining,
                d.aiInference,
                d.aiGenerativeTraining,
                d.aiTraining,
                d.constraintHash,
                descriptionHash,
                d.nonce,
                d.deadline
            )
        );
    }
}

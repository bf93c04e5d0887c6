// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Provenance: who and what made an asset, and from what
/// @notice An asset is known by a salted commitment to its content. Its parents must be known before it, so there are
/// no cycles and no duplicates. Two numbers follow from each registration and never change:
/// synthetic depth = the deepest parent's, and one more if a machine took part;
/// since human = 0 if a human contributed, else the highest of the parents' and one more.
/// Without parents the highest is 0. Both stop at 65,535, which also stands for "not proven".
interface IProvenance {
    enum AssetKind {
        PROMPT,
        DRAFT,
        IMAGE,
        AUDIO,
        VIDEO,
        MODEL_OUTPUT,
        DATASET,
        STORYBOARD,
        DESIGN,
        PERFORMANCE,
        EDIT,
        MUSIC,
        EFFECT
    }

    /// @notice What a human did, in the terms of copyright. Writing a prompt is none of these.
    enum Role {
        AUTHORSHIP,
        SELECTION,
        ARRANGEMENT,
        MODIFICATION
    }

    /// @notice What an id stands for. BATCH: a root over assets not yet proven. BUNDLE: a root over known ids.
    enum Form {
        NONE,
        ASSET,
        BATCH,
        BUNDLE
    }

    /// @param evidenceHash Salted hash of what shows the contribution; never 0.
    struct Contribution {
        uint24 memberId;
        Role role;
        uint16 shareBps;
        bytes32 evidenceHash;
    }

    /// @param modelHash Hash that names the model and its version; never 0.
    struct Machine {
        bytes32 modelHash;
        uint16 shareBps;
    }

    /// @notice An asset as its studio states it. Humans' and machines' shares sum to exactly 10,000.
    /// @param id Salted commitment to the content.
    /// @param grantId Scene grant under which it was made; 0 for none.
    /// @param promptAuthor Member who wrote the prompt; 0 for none. A fact apart from the contributions.
    /// @param contributions Ascending by member, then role.
    /// @param machines Ascending by model.
    /// @param parents Ascending ids of what it was made from, at most 16; more go into one bundle.
    struct Asset {
        uint24 productionId;
        bytes32 id;
        AssetKind kind;
        uint256 grantId;
        uint24 promptAuthor;
        Contribution[] contributions;
        Machine[] machines;
        bytes32[] parents;
    }

    /// @notice What is kept of an id. A bundle has no production; a batch has the numbers of what isn't proven.
    struct Entry {
        uint24 productionId;
        Form form;
        AssetKind kind;
        uint16 depth;
        uint16 sinceHuman;
        uint40 time;
    }

    /// @notice A member says that the record of this contribution is right.
    struct ContributionConfirmation {
        bytes32 assetId;
        uint24 memberId;
        Role role;
        uint16 shareBps;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A member says that the record of an asset is wrong about them, or leaves them out.
    /// @param reasonHash Salted hash of the reason.
    struct ContributionDispute {
        bytes32 assetId;
        uint24 memberId;
        bytes32 reasonHash;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice Who may mine and train on the items under a root, as CAWG's training-and-data-mining assertion has it.
    /// @param root Merkle root over the items' salted commitments.
    /// @param items How many there are.
    /// @param dataMining 0 unset, 1 allowed, 2 not allowed, 3 constrained; so too the other three uses.
    /// @param constraintHash Hash of the conditions; there exactly when something is constrained.
    /// @param description Plain words, ending in a random reference; only its hash is kept.
    struct ArchiveDeclaration {
        uint24 memberId;
        bytes32 root;
        uint32 items;
        uint8 dataMining;
        uint8 aiInference;
        uint8 aiGenerativeTraining;
        uint8 aiTraining;
        bytes32 constraintHash;
        string description;
        uint256 nonce;
        uint256 deadline;
    }

    /// @param batchId Root of the batch the asset was proven from; 0 if it was registered by itself.
    event AssetRegistered(
        bytes32 indexed assetId,
        uint24 indexed productionId,
        bytes32 indexed batchId,
        AssetKind kind,
        uint256 grantId,
        uint24 promptAuthor,
        uint16 depth,
        uint16 sinceHuman
    );
    event Contributed(
        bytes32 indexed assetId, uint24 indexed memberId, Role role, uint16 shareBps, bytes32 evidenceHash
    );
    event MachineContributed(bytes32 indexed assetId, bytes32 indexed modelHash, uint16 shareBps);

    /// @notice An asset was made from a parent, or a bundle holds it.
    event Derived(bytes32 indexed childId, bytes32 indexed parentId);
    event Bundled(bytes32 indexed bundleId, uint32 children, uint16 depth, uint16 sinceHuman);
    event BatchCommitted(bytes32 indexed batchId, uint24 indexed productionId, uint32 assets);
    event ContributionConfirmed(
        bytes32 indexed assetId, uint24 indexed memberId, Role role, uint16 shareBps, uint256 nonce
    );
    event ContributionDisputed(bytes32 indexed assetId, uint24 indexed memberId, bytes32 reasonHash, uint256 nonce);

    /// @notice A later declaration of the same root by the same member replaces this one.
    event ArchiveDeclared(
        uint24 indexed memberId,
        bytes32 indexed root,
        uint32 items,
        uint8 dataMining,
        uint8 aiInference,
        uint8 aiGenerativeTraining,
        uint8 aiTraining,
        bytes32 constraintHash,
        bytes32 descriptionHash,
        uint256 nonce
    );

    /// @notice Only the studio or one of its reporters may register the production's assets. Send it with their key.
    error NotAReporter(uint24 productionId, address caller);

    /// @notice This id is already registered, as an asset, a batch or a bundle. Commit to the content with a new salt.
    error AlreadyKnown(bytes32 id);

    /// @notice A hash is missing: an id or root, a contribution's evidence, a model, a reason or an archive's conditions.
    error MissingHash();

    /// @notice There is no member with this number. Name members the union has enrolled.
    error UnknownMember(uint24 memberId);

    /// @notice The grant is another production's. Name a grant of this production, or 0.
    error ForeignGrant(uint256 grantId, uint24 productionId);

    /// @notice Humans' and machines' shares must sum to exactly 10,000, and none may be 0. Correct the shares.
    error BadShares(uint256 sum);

    /// @notice Contributions, machines, parents and children come in ascending order, each once. Sort them.
    error OutOfOrder(uint256 index);

    /// @notice Nothing is known of this parent or child. Register, prove or bundle it first.
    error NotProven(bytes32 id);

    /// @notice More parents than fit. Bundle them, and give the bundle's root as the parent.
    error TooManyParents(uint256 parents, uint256 most);

    /// @notice A batch, a bundle or an archive needs at least one item.
    error Empty();

    /// @notice This production has no batch with this root. Commit it first.
    error NoBatch(bytes32 root, uint24 productionId);

    /// @notice The proof doesn't lead from this asset to the batch's root. Make it again from the committed batch.
    error BadProof(bytes32 root, bytes32 id);

    /// @notice There is no asset with this id. Register it, or prove it from its batch.
    error NoAsset(bytes32 id);

    /// @notice Uses are 0 unset, 1 allowed, 2 not allowed, 3 constrained; one at least is set, and the conditions' hash is
    /// there exactly when something is constrained.
    error BadUses(uint8 dataMining, uint8 aiInference, uint8 aiGenerativeTraining, uint8 aiTraining);

    /// @notice Registers an asset. Only the production's studio or its reporters.
    function register(Asset calldata asset) external;

    /// @notice Commits to thousands of assets at once. Until an asset is proven, it counts as of maximum depth.
    /// Only the production's studio or its reporters.
    /// @param root Merkle root (OpenZeppelin's tree: sorted pairs) over `assetLeaf` of each.
    /// @param assets How many there are.
    function commitBatch(uint24 productionId, bytes32 root, uint32 assets) external;

    /// @notice Registers an asset of a batch, with all checks of `register`. Only the production's studio or its reporters.
    function prove(bytes32 root, Asset calldata asset, bytes32[] calldata proof) external;

    /// @notice Computes the Merkle root over known ids and keeps their highest numbers under it. Anyone may call: for more
    /// than 16 parents, for datasets, and over other bundles for more than fit into a call.
    /// @param children Ascending ids; the leaves, `itemLeaf` of each, stay in this order, and an odd node goes up as it is.
    function bundle(bytes32[] calldata children) external returns (bytes32 root);

    /// @notice Takes a member's confirmation of a contribution. Anyone may relay it.
    function confirm(ContributionConfirmation calldata confirmation, bytes calldata signature) external;

    /// @notice Takes a member's dispute of an asset's record. Anyone may relay it.
    function dispute(ContributionDispute calldata dispute_, bytes calldata signature) external;

    /// @notice Takes a member's declaration of who may mine and train on an archive. Anyone may relay it.
    function declareArchive(ArchiveDeclaration calldata declaration, bytes calldata signature) external;

    /// @notice Synthetic depth and generations since a human, (65535, 65535) for what isn't proven.
    function numbersOf(bytes32 id) external view returns (uint16 depth, uint16 sinceHuman);

    /// @notice Depth of a training run's dataset: a bundle's, else 65535. An asset is no dataset: its id could hide
    /// another tree.
    function datasetDepth(bytes32 root) external view returns (uint16 depth);

    /// @notice What is kept of an id; all zero for an unknown one.
    function entryOf(bytes32 id) external view returns (Entry memory);

    /// @notice Leaf of an asset in a batch: keccak256(keccak256(abi.encode(asset))).
    function assetLeaf(Asset calldata asset) external pure returns (bytes32);

    /// @notice Leaf of an id in a bundle or of an item in an archive: keccak256(keccak256(abi.encode(id))).
    function itemLeaf(bytes32 id) external pure returns (bytes32);
}

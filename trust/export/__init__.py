"""The index's final rows as partitioned Parquet, in a folder or an object store."""

from trust.export.export import FILE_ROWS, PARTITION_BLOCKS, Exported, export
from trust.export.location import Location
from trust.export.manifest import Manifest, Written

__all__ = ["FILE_ROWS", "PARTITION_BLOCKS", "Exported", "Location", "Manifest", "Written", "export"]

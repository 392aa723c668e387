"""The ledger's tree as it is stored: hashes of leaves and of whole subtrees, read in blocks."""

from __future__ import annotations

from sqlalchemy import select

from tracer.domain.errors import LedgerForked
from tracer.domain.ledger.merkle import WIDTH
from tracer.storage.session import Session
from tracer.storage.tables import LeafRow, TreeNodeRow


class StoredTree:
    """The hashes of the tree (see domain.ledger.merkle.TreeHashes), in blocks of WIDTH."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection
        self._blocks: dict[tuple[int, int], list[bytes]] = {}

    def at(self, level: int, index: int) -> bytes:
        """See TreeHashes; raises LedgerForked for one that is not there."""
        block = self.block(level, index // WIDTH)
        if index % WIDTH >= len(block):
            raise LedgerForked(f"the ledger lacks the hash {index} of level {level}: the database was damaged or cut")
        return block[index % WIDTH]

    def block(self, level: int, number: int) -> list[bytes]:
        """The stored hashes of a level from number * 256 on, at most 256."""
        if (level, number) not in self._blocks:
            first, last = number * WIDTH, number * WIDTH + WIDTH - 1
            if level == 0:
                query = select(LeafRow.leaf_hash).where(LeafRow.leaf_index.between(first, last))
                query = query.order_by(LeafRow.leaf_index)
            else:
                query = select(TreeNodeRow.node_hash).where(TreeNodeRow.level == level)
                query = query.where(TreeNodeRow.node_index.between(first, last)).order_by(TreeNodeRow.node_index)
            self._blocks[level, number] = list(self._connection.execute(query).scalars())
        return self._blocks[level, number]

"""Any order of ingests, deaths, merges, withdrawals and collections leaves the store that a simple model predicts."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from genome_store_writer import content_of, entry_of, ingest, merge, sample_of, source_of, write_files
from trihelix.model.errors import SampleMismatchError
from trihelix.variants.store.commit import create_store, new_batch_id, open_store
from trihelix.variants.store.commits.manifest import FileEntry
from trihelix.variants.store.commits.tombstones import add_batch, tombstone

names = st.sampled_from([f"n{i}" for i in range(8)])


class StoreStates(RuleBasedStateMachine):
    """The model: names that are in the store, names withdrawn, and work that lives with what it published."""

    @initialize()
    def make(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.store = create_store(self.home / "store", None)
        self.present: set[str] = set()
        self.withdrawn: set[str] = set()
        self.commits = 1
        self.alive: dict[str, tuple[ExitStack, str, tuple[FileEntry, ...]]] = {}

    @rule(name=names)
    def ingest_one(self, name: str) -> None:
        if name in self.alive:
            return
        with suppress(SampleMismatchError):
            ingest(self.store, name)
            self._has(name)

    @rule(name=names, published=st.booleans())
    def die(self, name: str, published: bool) -> None:
        if name in self.alive:
            return
        with suppress(KeyboardInterrupt), self.store.work(name) as folder:
            if published and not (folder / "batch").exists():
                self.store.publish(write_files(self.store, folder, name), new_batch_id())
            raise KeyboardInterrupt

    @rule(name=names)
    def begin(self, name: str) -> None:
        if name in self.alive or name in self.present:
            return
        life = ExitStack()
        folder = life.enter_context(self.store.work(name))
        if not (folder / "batch").exists():
            write_files(self.store, folder, name)
        batch_id = new_batch_id()
        self.alive[name] = life, batch_id, self.store.publish(folder / "batch", batch_id)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def finish(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.alive)))
        life, batch_id, files = self.alive.pop(name)
        with suppress(SampleMismatchError), life:
            add_batch(self.store, entry_of(name, batch_id, files), [sample_of(name)])
            self._has(name)

    def _has(self, name: str) -> None:
        assert name not in self.withdrawn or name in self.present
        self.commits += name not in self.present
        self.present.add(name)

    @rule(name=names)
    def withdraw(self, name: str) -> None:
        tombstone(self.store, [sample_of(name)])
        self.commits += name not in self.withdrawn
        self.withdrawn.add(name)

    @precondition(lambda self: self.present)
    @rule()
    def merge_all(self) -> None:
        merge(self.store, "merge")
        self.commits += 1

    @rule(grace_seconds=st.sampled_from([0.0, 1e6]))
    def collect(self, grace_seconds: float) -> None:
        self.store.collect(grace_seconds)
        found = {p.parts[-1] for p in (self.store.root / "variants").iterdir()}
        assert found == {b.id for b in self.store.snapshot().batches} | {b for _, b, _ in self.alive.values()}
        if not grace_seconds:
            assert {p.name for p in (self.store.root / "staging").iterdir()} == self.alive.keys()

    @rule()
    def reopen(self) -> None:
        self.store = open_store(self.store.root)

    @invariant()
    def holds_what_the_model_says(self) -> None:
        state = self.store.snapshot()
        self.store.verify(state, deep=True)
        assert state.number == self.commits
        assert state.sources.keys() == {source_of(n) for n in self.present}
        assert state.tombstones == {self.store.digest(sample_of(n)) for n in self.withdrawn}
        data = {Path(p).stem: p for p in state.files if "contig=" in p}
        assert data.keys() == self.present
        assert all((self.store.root / p).read_bytes() == content_of(n) for n, p in data.items())
        assert all((self.store.root / f.path).exists() for _, _, files in self.alive.values() for f in files)

    def teardown(self) -> None:
        for life, _, _ in self.alive.values():
            life.close()
        shutil.rmtree(self.home)


TestStoreStates = StoreStates.TestCase
TestStoreStates.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

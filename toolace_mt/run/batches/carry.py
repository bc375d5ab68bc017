"""Carries a batch file to its engine and back, one durable step after the other.

A driver may be killed between any two steps. The next one goes on from the step that the disk has,
and no batch is paid twice: before a batch is created the disk says so, and if it is not known
whether that worked, the batch is looked for at the provider.
"""

import asyncio
from collections.abc import Callable

from toolace_mt.config import BatchConfig
from toolace_mt.engine.batch.command import run_command
from toolace_mt.engine.batch.provider import ENDED, Away, Batch, Provider, Unclear
from toolace_mt.errors import EngineError
from toolace_mt.run.batches.files import BatchFile
from toolace_mt.run.directory import storage

Say = Callable[[str], None]


async def carry_by_command(file: BatchFile, config: BatchConfig, say: Say) -> None:
    """Have a command answer a file; what it wrote is then in `answers.jsonl`."""
    if file.state.step != "written":
        return
    part = file.at("answers.part")
    say(f"{file.name}: {file.state.requests:,} requests given to engine.command")
    await run_command(
        config.words(str(file.at("requests.jsonl")), str(part)),
        part,
        file.at("log"),
        file.state.process,
        lambda process: _note_process(file, process),
    )
    with storage(part):
        part.replace(file.at("answers.jsonl"))
    file.note(step="fetched", status="completed", process=None)


def _note_process(file: BatchFile, process: tuple[int, float]) -> None:
    file.note(process=process)


class Courier:
    """Carries files to one provider, of which one at a time is submitted and checked there."""

    def __init__(self, provider: Provider, config: BatchConfig, say: Say) -> None:
        self._provider = provider
        self._config = config
        self._say = say
        self._turn = asyncio.Lock()
        self._open = 0  # batches that the provider has accepted and works on

    async def carry(self, file: BatchFile) -> None:
        """Have the provider answer a file; what it answered is then on disk.

        Raises EngineError if the provider refuses the file, or fails for longer than retries last.
        The state on disk then says what remains to be done.
        """
        while file.state.step not in ("fetched", "done"):
            if file.state.step == "written":
                uploaded = await self._provider.upload(file.at("requests.jsonl"))
                file.note(step="uploaded", file=uploaded)
            async with self._turn:
                others = self._open
                if file.state.step != "submitted":
                    await self._submit(file)
                batch = await self._watch(file, lambda batch: batch.status != "validating")
                self._open += 1
            try:
                if batch.status != "failed":
                    batch = await self._watch(file, lambda batch: batch.status in ENDED)
            finally:
                self._open -= 1
            if batch.status == "failed":
                await self._refused(file, batch, others)
            else:
                await self._fetch(file, batch)

    async def _submit(self, file: BatchFile) -> None:
        state = file.state
        batch = await self._lost(file) if state.step == "creating" else None
        while batch is None:
            file.note(step="creating")
            try:
                batch = await self._provider.create(state.file)
            except Unclear as unclear:
                self._say(f"{file.name}: {unclear}; looking whether the batch is there")
                await asyncio.sleep(self._config.poll)
                batch = await self._lost(file)
            except EngineError:
                file.note(step="uploaded")
                raise
        file.note(step="submitted", batch=batch.id, status=batch.status)
        self._say(f"{file.name}: {state.requests:,} requests submitted as {batch.id}")

    async def _lost(self, file: BatchFile) -> Batch | None:
        """Look for a batch that may have been created without our knowing."""
        try:
            return await self._provider.find(file.state.file)
        except EngineError as error:
            raise EngineError(
                f"{file.name}: may have been submitted, and its provider cannot be asked:"
                f" {error.message}; if there is no batch of file {file.state.file}, set step to"
                f' "uploaded" in {file.at("json")}'
            ) from error

    async def _watch(self, file: BatchFile, until: Callable[[Batch], bool]) -> Batch:
        """Wait until a batch is as wanted; a provider that is away for a while is waited for."""
        away = False
        while True:
            try:
                batch = await self._provider.look(file.state.batch)
            except Away as error:
                if not away:
                    self._say(f"{file.name}: {error.message}")
                away = True
            else:
                away = False
                self._tell(file, batch)
                if until(batch):
                    return batch
            await asyncio.sleep(self._config.poll)

    def _tell(self, file: BatchFile, batch: Batch) -> None:
        """Note and print what has changed."""
        state = file.state
        seen = (batch.status, batch.done, batch.failed)
        if seen == (state.status, state.answered, state.failed):
            return
        file.note(status=batch.status, answered=batch.done, failed=batch.failed)
        failed = f", {batch.failed:,} failed" if batch.failed else ""
        counted = f"{batch.done:,} of {state.requests:,} answered{failed}"
        self._say(f"{file.name}: {batch.status}, {counted}")

    async def _refused(self, file: BatchFile, batch: Batch, others: int) -> None:
        """Wait until a file may be submitted again; raise EngineError if that is in vain.

        `others` is how many batches were open when it was submitted.
        """
        file.note(step="uploaded", batch="", status="")
        if not batch.too_much or not others:
            advice = "lower engine.most_requests" if batch.too_much else "mend that"
            raise EngineError(
                f"{file.name}: {batch.id} was refused: {batch.problem or 'no reason is given'};"
                f" {advice} and run the same command again"
            )
        self._say(f"{file.name}: {batch.problem}; submitted again when another batch has ended")
        while self._open >= others:
            await asyncio.sleep(self._config.poll)

    async def _fetch(self, file: BatchFile, batch: Batch) -> None:
        if batch.output:
            await self._provider.download(batch.output, file.at("answers.jsonl"))
        if batch.errors:
            await self._provider.download(batch.errors, file.at("errors.jsonl"))
        file.note(step="fetched", status=batch.status)

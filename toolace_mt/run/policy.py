"""Every decision about failures, named, in one record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultPolicy:
    """What happens at each kind of failure. Times are in seconds.

    - Engine: a dead engine is restarted, at most `engine_restarts` times. Ray restarts one with a
      process of its own; one that shares its process is restarted there.
    - Hang: an engine is dead if it yields no token for `hang` while requests run, and so is an
      actor that does not answer for `unresponsive`.
    - Crash loop: an engine that dies `deaths_in_vain` times in a row without answering anything is
      given up. Something kills it with every request, and going on would fail more dialogues.
    - Request: what ran in a dying engine is requeued at once. A request that ran at `suspect_after`
      deaths is run alone from then on.
    - Poison request: after `guilty_after` deaths while alone, a request is given up with its cause
      (finish "failed"). Its dialogue fails with it.
    - Abort: a request that the engine aborts is sent again, at most `aborts` times.
    - Dialogue: an unexpected exception in a stage fails that dialogue with its cause, no other.
    - Shard: a lost worker or node reschedules the shard, at most `shard_attempts` times in a row.
    - Output: a file that cannot be copied to the run's URL is tried again while the run goes on,
      and at least `upload_attempts` times. The run does not wait for it.
    - Stop: on SIGTERM or Ctrl-C, requests in the engines may finish within `grace`.
    - Backoff: waits double from `backoff_first` to at most `backoff_most`.
    """

    engine_restarts: int = 100
    deaths_in_vain: int = 12
    hang: float = 180.0
    unresponsive: float = 120.0
    suspect_after: int = 2
    guilty_after: int = 2
    aborts: int = 3
    shard_attempts: int = 8
    upload_attempts: int = 5
    grace: float = 30.0
    backoff_first: float = 0.25
    backoff_most: float = 15.0

    def backoff(self, failures: int) -> float:
        """Return how many seconds to wait after that many failures in a row."""
        return min(self.backoff_most, self.backoff_first * 2.0 ** max(0, failures - 1))

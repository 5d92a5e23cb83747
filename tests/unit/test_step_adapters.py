"""Proved steps for other libraries: pandas, gymnasium, Minari, PyTorch."""

import warnings
from pathlib import Path
from typing import Any

import gymnasium
import minari
import numpy as np
import pyarrow as pa
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import EpisodesRule
from karat.dataset import Steps, TrainingSteps, training_steps
from karat.dataset.dealing import dealt
from karat.dataset.episodes import PartitionEpisodes
from karat.dataset.mapped_steps import MappedSteps
from karat.dataset.minari_export import export_minari
from karat.dataset.replay_env import replay
from karat.dataset.step_cache import make
from karat.dataset.step_columns import BLOCK
from karat.dataset.step_reading import Source
from karat.errors import InputError
from tests.unit import stepped_days
from tests.unit.stepped_days import LENGTH, contract, cut_days, day

SIZES = (60, 1, 40)
Env = gymnasium.Env[Any, Any]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> TrainingSteps:
    home = tmp_path_factory.mktemp("steps")
    return training_steps(cut_days(home, SIZES), contract(), home / "cache")


def alone(folder: Path, table: pa.Table, **changes: Any) -> TrainingSteps:
    """Return the steps of one table under a changed rule, with no lake behind them."""
    import pyarrow.parquet as pq

    rule = EpisodesRule.model_validate(stepped_days.RULE | changes)
    pq.write_table(table, folder / "day.parquet")
    file = folder / "day.arrow"
    return TrainingSteps(
        rule, (Source("i/1", file, make(file, rule, lambda: folder / "day.parquet", "i/1")),)
    )


def test_tables_have_the_columns_of_the_contract(steps: TrainingSteps) -> None:
    table = pa.concat_tables(steps.tables(7))
    rows = pa.concat_tables(
        [day(n, size).append_column("day", [[n] * size]) for n, size in enumerate(SIZES)]
    )
    frame = table.to_pandas()
    names = {"row", "level", "sell", "hold", "buy", "action", "reward", "terminated", "truncated"}
    assert set(frame.columns) == names
    offsets = np.repeat(np.cumsum([0, *SIZES[:-1]]), SIZES)
    shifts = np.repeat([sum(stepped_days.SIZES[:n]) for n in range(len(SIZES))], SIZES)
    assert frame["row"].to_list() == (np.arange(sum(SIZES)) - offsets + shifts).tolist()
    for name in names:
        assert np.array_equal(frame[name].to_numpy(), rows[name].to_numpy())
    which = {"rank": 1, "world": 2}
    mine = [len(batch) for batch in steps.batches(7, **which)]
    assert [table.num_rows for table in steps.tables(7, **which)] == mine


def test_the_replay_passes_the_checker_of_gymnasium(steps: TrainingSteps) -> None:
    check_env(replay(steps), skip_render_check=True)


def played(env: Env, actions: list[int], **options: int) -> list[tuple[Any, ...]]:
    first, place = env.reset(seed=3, options=options)
    return [(first, place), *(env.step(action) for action in actions)]


def test_a_replay_gives_what_the_rows_say(steps: TrainingSteps) -> None:
    rows = day(0, SIZES[0])
    actions = [n % 3 for n in range(LENGTH)]
    (first, place), *seen = played(replay(steps), actions, partition=0, episode=1)
    assert place == {"partition": steps.partitions[0], "episode": 1}
    levels = rows["level"].to_numpy()[LENGTH : 2 * LENGTH]
    assert [first[1], *(one[0][1] for one in seen)] == [*levels, levels[-1]]
    payoffs = [rows[name].to_numpy()[LENGTH:] for name in ("sell", "hold", "buy")]
    assert [one[1] for one in seen] == [payoffs[a][n] for n, a in enumerate(actions)]
    assert [one[2:4] for one in seen] == [(False, False)] * (LENGTH - 1) + [(False, True)]


def test_a_seed_draws_the_same_episodes_and_all_come(steps: TrainingSteps) -> None:
    def draws(seed: int) -> list[tuple[str, int]]:
        env = replay(steps)
        places = [env.reset(seed=seed)[1], *(env.reset()[1] for _ in range(700))]
        return [(place["partition"], place["episode"]) for place in places]

    assert draws(1) == draws(1) != draws(2)
    assert len(set(draws(1))) == 6, "three, one and two episodes"


def test_what_cannot_be_played_is_refused(steps: TrainingSteps, tmp_path: Path) -> None:
    env = replay(steps)
    with pytest.raises(InputError, match="call reset first"):
        env.step(0)
    played(env, [0], partition=1)
    with pytest.raises(InputError, match="call reset first"):
        env.step(0)
    with pytest.raises(InputError, match="payoffs"):
        replay(alone(tmp_path, day(0, 3), payoffs=[]))
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="no step to play"):
        replay(alone(tmp_path / "b", day(0, 3).slice(0, 0)))


@given(st.lists(st.integers(1, 5), max_size=5), st.integers(0, 4))
def test_episodes_lie_between_ends(lengths: list[int], open_end: int) -> None:
    ends = [step == length for length in lengths for step in range(1, length + 1)]
    flags = np.array(ends + [False] * open_end, bool)

    class Flags(MappedSteps):
        def __init__(self) -> None:
            half = len(flags) // 2
            self.blocks = [_block(part) for part in (flags[:half], flags[half:])]

    wanted = np.cumsum(lengths + [open_end] * (open_end > 0)).tolist()
    assert PartitionEpisodes(Flags()).stops.tolist() == wanted


def _block(flags: Any) -> Steps:
    none = np.zeros(len(flags), np.int64)
    observation = np.zeros((len(flags), 1), np.float32)
    return Steps(observation, none, none.astype(np.float32), flags & False, flags)


def test_an_episode_may_lie_across_blocks_and_says_what_came_last(tmp_path: Path) -> None:
    table = day(0, BLOCK + 9)
    steps = alone(tmp_path, table, next_observation=["level", "row"])
    episodes = PartitionEpisodes(steps.mapped(0))
    across = episodes[BLOCK // LENGTH]
    start = BLOCK // LENGTH * LENGTH
    assert across.steps.observation[:, 0].tolist() == list(range(start, BLOCK + 9))
    assert across.observations[-1].tolist() == [table["level"][-1].as_py(), BLOCK + 8]
    with pytest.raises(IndexError):
        episodes[len(episodes)]


def test_minari_reads_the_same_episodes(
    steps: TrainingSteps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    with warnings.catch_warnings():
        # Minari would have an environment, an author and so on of everything.
        warnings.simplefilter("ignore", UserWarning)
        export_minari(steps, "karat/steps-v1", source="steps@1.0.0")
        found = minari.load_dataset("karat/steps-v1")
    assert (found.total_episodes, found.total_steps) == (6, sum(SIZES))
    assert "steps@1.0.0" in found.storage.metadata["description"]
    partitions = [PartitionEpisodes(steps.mapped(n)) for n in range(len(SIZES))]
    ours = [episodes[n] for episodes in partitions for n in range(len(episodes))]
    for one, other in zip(ours, found.iterate_episodes(), strict=True):
        assert np.array_equal(one.observations, other.observations)
        assert np.array_equal(one.steps.action, other.actions)
        assert np.array_equal(one.steps.reward, other.rewards)
        assert np.array_equal(one.steps.terminated, other.terminations)
        assert np.array_equal(one.steps.truncated, other.truncations)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(0, 30))
def test_batches_are_dealt_in_turn(counts: list[int], drawn: int) -> None:
    given, turn, left = [0] * len(counts), 0, drawn
    while left and given != counts:
        if given[turn] < counts[turn]:
            given[turn], left = given[turn] + 1, left - 1
        turn = (turn + 1) % len(counts)
    found = dealt(counts, drawn)
    assert found.given == given
    rest = [(n + found.turn) % len(counts) for n in range(len(counts))]
    plain = [(n + turn) % len(counts) for n in range(len(counts))]
    busy = {n for n, count in enumerate(counts) if given[n] < count}
    assert [n for n in rest if n in busy] == [n for n in plain if n in busy], "whose turn it is"

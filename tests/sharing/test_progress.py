"""How long it still takes: never half of it, whatever the unit, and more while others compute."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from explorer.sharing.progress import RECENT_SECONDS, Pace, Progress, Stopwatch, duration, ordinal

UNITS = ["gradients", "pictures", "MB"]


def told(clock, unit, *, total=100.0, batch=10.0, seconds=10.0, batches=2):
    """A pace that heard of so many batches of equal length, the last one just now."""
    pace = Pace(clock)
    for number in range(1, batches + 1):
        clock.now += seconds
        pace.tell(batch * number, total, unit)
    return pace


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("batches", [2, 3, 7, 9])
def test_at_an_even_pace_the_time_left_is_right_from_the_second_report_on(clock, unit, batches):
    pace = told(clock, unit, batches=batches)
    assert pace.progress().left == pytest.approx(100 - 10 * batches)


@pytest.mark.parametrize("unit", UNITS)
def test_it_counts_down_between_two_reports(clock, unit):
    pace = told(clock, unit, batches=4)
    for seconds in (0, 3, 7, 10):
        assert pace.progress().left == pytest.approx(60 - seconds)
        clock.now += {0: 3, 3: 4, 7: 3, 10: 0}[seconds]


def test_after_one_report_nobody_knows_how_long_a_batch_takes(clock):
    assert told(clock, "gradients", batches=1).progress().left is None
    assert Pace(clock).progress() == Progress()


@pytest.mark.parametrize("unit", UNITS)
def test_while_it_waits_in_line_the_time_left_grows_and_is_never_promised_away(clock, unit):
    pace = told(clock, unit, batches=4)
    before = pace.progress(place=1).left
    waited = []
    for _ in range(6):
        clock.now += 10
        waited.append(pace.progress(place=1).left)
    assert waited[1:] == sorted(waited[1:])
    assert waited[-1] > before
    clock.now += 10
    pace.tell(50, 100, unit)
    assert pace.progress().left > 50, "the waiting counts: the next turns will be waited for too"


def test_when_others_come_half_way_the_newest_pace_counts(clock):
    pace = told(clock, "gradients", total=1000, batch=1, seconds=1, batches=60)
    done = 60
    while clock.now < 100 + 60 + 2 * RECENT_SECONDS:
        clock.now += 2
        done += 1
        pace.tell(done, 1000, "gradients")
    assert pace.progress().left == pytest.approx(2 * (1000 - done), rel=0.01)


def test_batches_longer_than_the_time_that_counts_are_judged_by_the_last_two(clock):
    pace = told(clock, "gradients", seconds=4 * RECENT_SECONDS, batches=5)
    assert pace.progress().left == pytest.approx(5 * 4 * RECENT_SECONDS)


def test_another_unit_begins_anew(clock):
    pace = told(clock, "MB", batches=5)
    pace.tell(4, 50, "gradients")
    assert pace.progress() == Progress(4, 50, "gradients")


def test_the_same_report_twice_is_no_news(clock):
    pace = told(clock, "MB", batches=4)
    clock.now += 30
    pace.tell(40, 100, "MB")
    assert pace.progress().left > 60


def test_a_total_that_turns_out_larger_makes_it_longer(clock):
    pace = told(clock, "gradients", batches=4)
    pace.tell(40, 200, "gradients")
    assert pace.progress().left == pytest.approx(160)


def test_at_the_end_nothing_is_left(clock):
    pace = told(clock, "pictures", batches=10)
    clock.now += 5
    assert pace.progress().left == 0
    assert pace.progress().share == 1


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(), ""),
        (Progress(place=2), "2nd in line"),
        (Progress(12, 50, "gradients"), "12 of 50 gradients"),
        (Progress(12, 50, "gradients", 0.4), "12 of 50 gradients"),
        (Progress(12.3, 50, "MB", 8.2), "12 of 50 MB, about 8 s left"),
        (Progress(3, 9, "pictures", 100, 1), "3 of 9 pictures, 1st in line, about 2 minutes left"),
    ],
)
def test_it_reads_as_one_line(progress, text):
    assert str(progress) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (102, "102nd"), (111, "111th")],
)  # fmt: skip
def test_places_read_as_they_are_spoken(number, text):
    assert ordinal(number) == text


def test_durations_are_seconds_then_minutes_and_never_nothing():
    assert [duration(s) for s in (0, 22.4, 89, 90, 150)] == [
        "1 s", "22 s", "89 s", "2 minutes", "2 minutes"
    ]  # fmt: skip


def test_a_stopwatch_counts_turns_and_not_the_waiting_for_them(clock):
    @contextmanager
    def turn():
        clock.now += 60
        yield

    watch = Stopwatch(clock)
    for _ in range(2):
        with watch.timed(turn)():
            clock.now += 1.5
    assert watch.seconds == pytest.approx(3.0)

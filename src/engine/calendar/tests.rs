//! Compares the calendar with a binary heap, and tests that callers learn of events before these
//! events pop.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;
use crate::base::SimDuration;

/// Reference calendar: a heap of (time, sequence number).
#[derive(Default)]
struct Heap {
    pending: BinaryHeap<Reverse<(u64, u32)>>,
}

fn at(nanos: u64) -> SimTime {
    SimTime::from_nanos(nanos)
}

#[derive(Clone, Debug)]
enum Step {
    Schedule { delay: u64, copies: u8 },
    Pop(u8),
    PopUntil { ahead: u64 },
}

fn delays() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        0..4_u64,
        0..200_u64,
        (0..40_u64).prop_map(|k| k * 64),
        0..1_000_000_u64,
        (0..54_u32).prop_map(|bits| 1 << bits),
        0..1_u64 << 50,
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (delays(), prop_oneof![9 => 1..4_u8, 1 => 60..200_u8])
            .prop_map(|(delay, copies)| Step::Schedule { delay, copies }),
        3 => (1..40_u8).prop_map(Step::Pop),
        1 => delays().prop_map(|ahead| Step::PopUntil { ahead }),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn events_pop_by_time_and_then_by_insertion(steps in steps()) {
        let mut wheel = Calendar::new();
        let mut heap = Heap::default();
        let mut sequence = 0;
        let pop = |wheel: &mut Calendar<u32>, heap: &mut Heap, limit: u64| {
            let due = heap.pending.peek().is_some_and(|Reverse((time, _))| *time <= limit);
            let expected = if due { heap.pending.pop() } else { None };
            let expected = expected.map(|Reverse((time, event))| (at(time), event));
            assert_eq!(wheel.pop_until(at(limit)), expected);
            assert_eq!(wheel.len(), heap.pending.len());
        };
        for step in steps {
            match step {
                Step::Schedule { delay, copies } => for _ in 0..copies {
                    let time = wheel.now().as_nanos() + delay;
                    wheel.schedule(at(time), sequence);
                    heap.pending.push(Reverse((time, sequence)));
                    sequence += 1;
                },
                Step::Pop(count) => for _ in 0..count {
                    pop(&mut wheel, &mut heap, u64::MAX - 1);
                    if heap.pending.is_empty() { break; }
                },
                Step::PopUntil { ahead } => {
                    let limit = wheel.now().as_nanos() + ahead;
                    pop(&mut wheel, &mut heap, limit);
                }
            }
        }
        while !heap.pending.is_empty() {
            pop(&mut wheel, &mut heap, u64::MAX - 1);
        }
    }
}

#[test]
fn ten_thousand_events_at_one_time_pop_in_order() {
    let mut calendar = Calendar::new();
    for event in 0..10_000_u32 {
        calendar.schedule(at(123_456_789_012), event);
    }
    for event in 0..10_000 {
        assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(123_456_789_012), event)));
    }
    assert!(calendar.is_empty());
}

/// Moves the front ahead by reaching a distant entry, and then schedules thousands of entries
/// before the next one.
#[test]
fn events_scheduled_in_a_slot_already_reached_keep_their_order() {
    let mut calendar = Calendar::new();
    let hour = 3_600_000_000_000_u64;
    calendar.schedule(at(hour), 0_u32);
    calendar.schedule(at(hour + hour / 100), 1);
    assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(hour), 0)));
    let mut expected: Vec<(u64, u32)> = vec![(hour + hour / 100, 1)];
    for event in 2..5_000 {
        let time = hour + u64::from(event).wrapping_mul(7_919_777_777) % 30_000_000_000;
        calendar.schedule(at(time), event);
        expected.push((time, event));
    }
    for event in 5_000..5_010 {
        calendar.schedule(at(hour), event);
        expected.push((hour, event));
    }
    expected.sort_by_key(|(time, _)| *time);
    for (time, event) in expected {
        assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(time), event)));
    }
    assert!(calendar.is_empty());
}

#[test]
fn an_event_scheduled_for_the_time_never_is_dropped() {
    let mut calendar = Calendar::new();
    calendar.schedule(SimTime::NEVER, ());
    assert!(calendar.is_empty());
    assert_eq!(calendar.pop_until(at(u64::MAX - 1)), None);
}

/// Schedules one event in two hours for each of 2,000 clients, and one further event every second.
#[test]
fn prefetch_sees_events_scheduled_long_ago() {
    let (second, tick) = (1_000_000_000, 5_000);
    let mut calendar = Calendar::new();
    for event in 0..2_000_u32 {
        calendar.schedule(at(7_200 * second + u64::from(event) * second / 200), event);
    }
    calendar.schedule(at(0), tick);
    let (mut shown, mut came) = (vec![None; 2_000], 0);
    let mut now = at(0);
    loop {
        let approach = &mut |events: &[(u64, u32)]| {
            for (time, event) in events.iter().filter(|(_, event)| *event < tick) {
                assert!(
                    shown[*event as usize].replace(*time).is_none(),
                    "each event is announced once"
                );
            }
        };
        let Some((time, event)) = calendar.pop_until_with(at(7_211 * second), approach) else {
            break;
        };
        assert!(time >= now);
        now = time;
        if event == tick {
            calendar.schedule(now + SimDuration::from_millis(1_000), tick);
        } else {
            came += 1;
        }
    }
    let shown = shown.iter().flatten().count();
    assert_eq!(came, 2_000);
    // Events in slots that are sorted directly are not announced.
    assert!(shown > 1_700, "{shown} of 2,000 events were announced");
}

//! A journal gives back what was written, exactly, or less: never another value.

use proptest::prelude::*;

use super::*;
use crate::results::{Better, SweepFactor, SweepPoint, Unit as Measure};

fn test_plan() -> SweepPlan {
    let point = |number: u32| SweepPoint {
        objectives: Vec::new(),
        hash: format!("{number:016x}"),
        seed: u64::MAX,
        levels: vec![number.to_string(), "a \"b\"\nc".to_owned()],
        changed: None,
    };
    SweepPlan {
        results_version: 2,
        scenario: "quickstart".to_owned(),
        question: "Wie viele, für wen?".to_owned(),
        seed: u64::MAX,
        overrides: vec!["a=1".to_owned()],
        design: "grid".to_owned(),
        factors: vec![SweepFactor { path: "a.b".to_owned(), asked: "1..4".to_owned() }],
        points: (0..4).map(point).collect(),
        replications: 3,
        confidence: 0.1 + 0.2,
        measures: vec!["latency_p95".to_owned()],
    }
}

fn figures_named(names: &[&str]) -> Arc<Vec<Metric>> {
    let metric = |name: &&str| Metric {
        name: (*name).to_owned(),
        unit: Measure::PerSecond,
        better: Better::Lower,
    };
    Arc::new(names.iter().map(metric).collect())
}

/// Every unit of the plan; those of the last point have one figure more.
fn all_units() -> Units {
    let few = figures_named(&["latency_p95", "compliance_p95"]);
    let more = figures_named(&["latency_p95", "compliance_p95", "peak[main/1]"]);
    let odd_nan = f64::from_bits(0x7ff8_0000_dead_beef);
    let mut units = Units::new();
    for point in 0..4_u32 {
        for number in 0..3_u32 {
            let mut values = vec![0.1 + f64::from(point), f64::INFINITY];
            if number == 1 {
                values[1] = odd_nan;
            }
            let mut figures = &few;
            if point == 3 {
                values.push(-0.0);
                figures = &more;
            }
            let replication = Replication { number, events: u64::MAX - 7, values };
            units.insert((point, number), Unit { figures: Arc::clone(figures), replication });
        }
    }
    units
}

/// What is read of damaged bytes is true, if anything is read.
fn assert_true(bytes: &[u8], plan: &SweepPlan, units: &Units) -> Option<Journal> {
    let journal = Journal::read(bytes).ok()?;
    assert_eq!(journal.plan, *plan);
    for (id, unit) in &journal.units {
        assert_eq!(Some(unit), units.get(id), "a value that was never found");
    }
    Some(journal)
}

#[test]
fn what_is_written_is_read_bit_by_bit() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let journal = Journal::read(&bytes).expect("whole");
    assert_eq!((&journal.plan, &journal.units), (&plan, &units));
    assert_eq!(journal.plan.confidence.to_bits(), (0.1_f64 + 0.2).to_bits());
    assert!(journal.damaged_lines.is_empty() && !journal.is_torn);
    // The checksum of the standard (RFC 3720, B.4: 32 bytes of zeros).
    assert_eq!(CASTAGNOLI.checksum(&[0; 32]), 0x8a91_36aa);
}

#[test]
fn the_order_of_finishing_leaves_no_trace_when_it_is_rewritten() {
    let (plan, units) = (test_plan(), all_units());
    let mut writer = JournalWriter::default();
    let mut bytes = header(&plan);
    for ((point, _), unit) in units.iter().rev() {
        bytes.extend(writer.unit(*point, unit));
    }
    assert_ne!(bytes, Journal::to_bytes(&plan, &units));
    let journal = Journal::read(&bytes).expect("whole");
    assert_eq!(Journal::to_bytes(&plan, &journal.units), Journal::to_bytes(&plan, &units));
}

#[test]
fn a_journal_cut_at_any_byte_gives_the_lines_before_the_cut() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let first = header(&plan).len();
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        let found = assert_true(cut, &plan, &units);
        assert_eq!(found.is_some(), length >= first, "at {length}");
        let Some(journal) = found else { continue };
        let lines = cut[first..].split_inclusive(|byte| *byte == b'\n');
        let whole = lines.filter(|line| line.ends_with(b"\n"));
        let whole_units = whole.filter(|line| line.windows(6).any(|word| word == b" unit "));
        assert_eq!(journal.units.len(), whole_units.count(), "at {length}");
        assert!(journal.damaged_lines.is_empty(), "a torn end is no damage");
        assert_eq!(journal.is_torn, !cut.ends_with(b"\n"), "at {length}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_and_never_believed() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let first = header(&plan).len();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let found = assert_true(&damaged, &plan, &units);
            assert_eq!(found.is_some(), place >= first, "byte {place}, bit {bit}");
            if let Some(journal) = found {
                assert!(journal.units.len() < units.len(), "byte {place}, bit {bit}");
                let is_noticed = !journal.damaged_lines.is_empty() || journal.is_torn;
                assert!(is_noticed, "byte {place}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_line_that_is_whole_but_senseless_is_damage() {
    let (plan, units) = (test_plan(), all_units());
    let whole = Journal::to_bytes(&plan, &units);
    let unit = |point: u32| {
        let figures = figures_named(&["latency_p95", "compliance_p95"]);
        let replication = Replication { number: 0, events: 1, values: vec![5.0, 6.0] };
        JournalWriter::default().unit(point, &Unit { figures, replication })
    };
    // A point that is not there; a unit that is there already, with other values; no kind of line.
    for (more, left) in [(unit(4), 12), (unit(0), 11), (line("x y"), 12), (line("unit 1"), 12)] {
        let journal = Journal::read(&[&whole[..], &more].concat()).expect("it has a header");
        assert_eq!((journal.units.len(), journal.damaged_lines.len()), (left, 1));
    }
    // The same once more is no harm.
    let again = [&whole[..], &whole[header(&plan).len()..]].concat();
    let journal = Journal::read(&again).expect("it has a header");
    assert_eq!((&journal.units, journal.damaged_lines.len()), (&units, 0));
}

#[test]
fn a_header_of_another_version_or_program_is_told_apart() {
    assert_eq!(Journal::read(b"").expect_err("nothing"), JournalError::Header);
    assert_eq!(Journal::read(&line("notes 1 {}")).expect_err("notes"), JournalError::Header);
    let error = Journal::read(&line("cmgsim-journal 2 {}")).expect_err("newer");
    assert_eq!(error, JournalError::Version { found: "2".to_owned() });
    assert_eq!(
        Journal::read(&line("cmgsim-journal 1 {}")).expect_err("no plan"),
        JournalError::Header
    );
}

proptest! {
    #[test]
    fn no_damage_makes_a_wrong_value(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        removed in any::<prop::sample::Index>(),
        length in 0_usize..200,
        values in prop::collection::vec(any::<u64>(), 2..3),
    ) {
        let (plan, mut units) = (test_plan(), all_units());
        let values: Vec<f64> = values.into_iter().map(f64::from_bits).collect();
        units.get_mut(&(1, 1)).expect("there").replication.values = values;
        let mut bytes = Journal::to_bytes(&plan, &units);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        assert_true(&bytes, &plan, &units);
        let from = removed.index(bytes.len());
        bytes.drain(from..(from + length).min(bytes.len()));
        assert_true(&bytes, &plan, &units);
    }
}
